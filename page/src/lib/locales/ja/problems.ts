import type en from "../en/problems";

export default {
  "problem.offline":
    "サーバーにつながりません。何も失われていません。接続が戻ったらもう一度お試しください。",
  "problem.unexpected": "ページで問題が起きました。再読み込みしてください。下書きは残っています。",
  "problem.charged.no": "料金はかかっていません。",
  "problem.charged.yes": "{n} Anlas かかりました。",
  "problem.charged.unknown": "料金がかかったかどうかは、まだわかりません。",
  "problem.scope":
    "このキーでは閲覧はできますが、生成はできません。管理者に生成できるキーをもらってください。",
  "problem.model": "このキーではこのモデルを使えません。別のモデルを選んでください。",
  "problem.price_unknown":
    "事前に料金がわからないため送信しませんでした。一覧のモデルを選んでください。",
  "problem.free_only":
    "このキーは無料の画像用で、この画像には {price} Anlas かかります。28 ステップ以下、1 枚、通常サイズにしてください。",
  "problem.job_budget":
    "最大 {price} Anlas かかりますが、このキーは 1 件の注文に {limit} Anlas までです。小さくするか、ステップを減らしてください。",
  "problem.allowance":
    "このキーの直近 30 日の無料 V5 画像 {limit} 枚を使い切りました。V4.5 を選ぶか、お待ちください。",
  "problem.too_many_queued": "キューがいっぱいです。完了を待つか、どれかを取り消してください。",
  "problem.too_fast": "早すぎます。{seconds} 秒待ってからもう一度お試しください。",
  "problem.no_account": "使える NovelAI アカウントがありません。設定で追加してください。",
  "problem.revoked": "キーは無効になりました。管理者に新しいキーをもらってください。",
  "problem.idempotency_conflict": "同じ注文が別の内容ですでに送られています。再送しませんでした。",
  "problem.invalid_params": "値が正しくないため、送信していません。",
  "problem.not_found": "もう存在しません。",
  "problem.unauthenticated": "続けるにはログインしてください。下書きは残っています。",
  "problem.forbidden": "このキーではできません。",
  "problem.foreign_site":
    "サーバーがこのアドレスを認識していません。起動時に表示されたアドレスで開いてください。",
  "problem.too_large": "ファイルが大きすぎます。小さいものを使ってください。",
  "problem.not_cancellable": "すでに描画中で料金も発生しています。ギャラリーに入ります。",
  "problem.conflict": "その間に別の場所で変更されました。もう一度確認してください。",
  "problem.unsupported_picture": "使える画像ではありません。PNG、JPEG、WebP を使ってください。",
  "problem.InsufficientAnlas":
    "Anlas が足りません。設定を軽くするか、NovelAI で Anlas を購入してください。",
  "problem.short":
    "必要な Anlas は {required}、アカウントの残りは {available} です。設定を軽くするか、NovelAI で Anlas を購入してください。",
  "problem.RateLimit":
    "NovelAI から待つように言われました。1 分ほど待ってから、もう一度注文してください。",
  "problem.ConcurrentGeneration":
    "アカウントが別の場所で生成中です。終わってからもう一度注文してください。",
  "problem.Server": "NovelAI 側で問題が起きました。少し待ってからもう一度注文してください。",
  "problem.RequestTimeout":
    "時間内に応答がありませんでした。もう一度注文する前に残高を確認してください。",
  "problem.ConnectionLost":
    "途中で NovelAI との接続が切れました。描画された可能性があります。残高を確認し、下で選んでください。",
  "problem.ConnectionFailed":
    "サーバーから NovelAI につながりません。回線を確認してから、もう一度注文してください。",
  "problem.InvalidRequest":
    "NovelAI が設定を受け付けませんでした。変更してもう一度注文してください。",
  "problem.Authentication":
    "NovelAI がアカウントのトークンを拒否しました。設定で新しいものに替えてください。",
  "problem.PermissionDenied": "NovelAI のアカウントに権限がありません。購読が必要かもしれません。",
  "problem.InvalidResponse":
    "NovelAI の応答が画像ではありませんでした。残高を確認してから、もう一度注文してください。",
  "problem.GenerationFailed":
    "NovelAI が描画に失敗しました。プロンプトや設定を変えてもう一度注文してください。",
  "problem.WorkerLost":
    "生成中にサーバーが止まりました。描画された可能性があります。残高を確認し、下で選んでください。",
  "problem.Lost": "描画されましたが、保存できませんでした。",
  "problem.NotComposed": "NovelAIから届いたままの画像です。元画像と合成できませんでした。",
  "problem.Unreadable": "注文を読み取れませんでした。もう一度注文してください。",
  "problem.budget.day":
    "最大 {price} Anlas かかりますが、このキーの 24 時間の予算 {limit} の残りは {left} です。",
  "problem.budget.week":
    "最大 {price} Anlas かかりますが、このキーの 7 日間の予算 {limit} の残りは {left} です。",
  "problem.budget.month":
    "最大 {price} Anlas かかりますが、このキーの 30 日間の予算 {limit} の残りは {left} です。",
} satisfies Record<keyof typeof en, string>;
