"""What a picture costs, before it is sent and without asking the service."""

from novelai import NovelAI
from novelai.types import GenerateImageParams

WISHES = {
    "normal": GenerateImageParams(prompt="1girl"),
    "four at once": GenerateImageParams(prompt="1girl", n_samples=4),
    "large": GenerateImageParams(prompt="1girl", size="large_portrait", steps=28),
    "V5": GenerateImageParams(prompt="1girl", model="nai-diffusion-5-full"),
}

print(f"{'':14}{'Anlas':>8}{'on Opus':>10}")
for name, params in WISHES.items():
    paid, on_opus = params.calculate_anlas(), params.calculate_anlas(is_opus=True)
    print(f"{name:14}{paid.total_anlas:>8}{on_opus.total_anlas:>10}")

with NovelAI() as client:
    account = client.user.get_subscription()
    print(f"You have {account.anlas} Anlas{' and Opus' if account.is_opus else ''}.")

    # A program of yours can set its own limit.
    wish = WISHES["normal"]
    price = wish.calculate_anlas(is_opus=account.is_opus).total_anlas
    if price is not None and price <= min(20, account.anlas):
        client.image.generate(wish)[0].save("09_prices.png")
