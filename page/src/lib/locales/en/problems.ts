export default {
  "problem.offline":
    "The server cannot be reached. Nothing was lost: try again when the connection is back.",
  "problem.unexpected": "Something went wrong on this page. Reload it; your draft is kept.",
  "problem.charged.no": "Nothing was charged.",
  "problem.charged.yes": "{n} Anlas were charged.",
  "problem.charged.unknown": "It may have been charged: nobody knows yet.",
  "problem.scope":
    "Your key may look, but not order pictures. Ask the owner of this server for one that may.",
  "problem.model": "Your key may not use this model. Choose another one.",
  "problem.price_unknown":
    "The price of this order cannot be known beforehand, so it was not sent. Choose a model from the list.",
  "problem.free_only":
    "Your key is for free pictures, and this one costs {price} Anlas. Use up to 28 steps, one picture and a normal size.",
  "problem.job_budget":
    "This costs up to {price} Anlas; your key may spend {limit} on one order. Make it smaller or use fewer steps.",
  "problem.allowance":
    "Your key's {limit} free V5 pictures of the last 30 days are used up. Choose a V4.5 model or wait.",
  "problem.too_many_queued": "Your queue is full. Wait for a picture to finish or cancel one.",
  "problem.too_fast": "That was too fast. Wait {seconds} s and try again.",
  "problem.no_account": "The server has no working NovelAI account. Add one in Settings.",
  "problem.revoked": "Your key was revoked. Ask the owner of this server for a new one.",
  "problem.idempotency_conflict":
    "This order was sent before with other contents. It was not sent again.",
  "problem.invalid_params": "Some values do not fit, so nothing was sent.",
  "problem.not_found": "It is not there any more.",
  "problem.unauthenticated": "Log in to go on. Your draft is kept.",
  "problem.forbidden": "Your key may not do this.",
  "problem.foreign_site":
    "The server does not know this address. Open the page under the address that it printed when it started.",
  "problem.too_large": "The file is too large for the server. Use a smaller one.",
  "problem.not_cancellable": "It is being drawn and paid for already. It will land in the gallery.",
  "problem.conflict": "It was changed elsewhere in the meantime. Look again.",
  "problem.unsupported_picture":
    "This is no picture that can be used. Take a PNG, JPEG or WebP file.",
  "problem.InsufficientAnlas":
    "The account has too few Anlas for this picture. Make it cheaper or buy Anlas at NovelAI.",
  "problem.short":
    "This costs {required} Anlas and the account has {available}. Make it cheaper or buy Anlas at NovelAI.",
  "problem.RateLimit": "NovelAI asked for a pause. Wait a minute, then order it again.",
  "problem.ConcurrentGeneration":
    "The account is drawing somewhere else. Wait until that ends, then order it again.",
  "problem.Server": "NovelAI had a problem of its own. Order it again in a moment.",
  "problem.RequestTimeout":
    "NovelAI did not answer in time. Look at the balance before you order it again.",
  "problem.ConnectionLost":
    "The connection to NovelAI broke in the middle. The picture may have been drawn there. Look at the balance, then say below what it shows.",
  "problem.ConnectionFailed":
    "NovelAI cannot be reached from the server. Check its internet connection, then order it again.",
  "problem.InvalidRequest": "NovelAI refused the settings. Change them and order it again.",
  "problem.Authentication":
    "NovelAI refused the token of the account. Put a new one into Settings.",
  "problem.PermissionDenied":
    "The account may not do this at NovelAI. A subscription may be missing.",
  "problem.InvalidResponse":
    "NovelAI answered with something that is no picture. Look at the balance, then order it again.",
  "problem.GenerationFailed":
    "NovelAI could not draw this picture. Change the prompt or the settings and order it again.",
  "problem.WorkerLost":
    "The server stopped while the picture was on its way. It may have been drawn. Look at the balance, then say below what it shows.",
  "problem.Lost": "The picture was drawn, but could not be kept.",
  "problem.NotComposed":
    "This is the picture as NovelAI sent it. It could not be put together with yours.",
  "problem.Unreadable": "The order could not be read any more. Order it again.",
  "problem.budget.day":
    "This costs up to {price} Anlas; your key has {left} of {limit} left for these 24 hours.",
  "problem.budget.week":
    "This costs up to {price} Anlas; your key has {left} of {limit} left for these 7 days.",
  "problem.budget.month":
    "This costs up to {price} Anlas; your key has {left} of {limit} left for these 30 days.",
};
