"""What the account is, and what it has left."""

from datetime import UTC, datetime

from novelai import NovelAI

with NovelAI() as client:
    account = client.user.get_subscription()

print(f"Tier: {account.tier_name}{'' if account.active else ' (not active)'}")
if account.expires_at:
    print(f"Until: {datetime.fromtimestamp(account.expires_at, UTC):%Y-%m-%d}")

# This month's grant is spent first and lost at renewal; bought Anlas stay.
left = account.training_steps_left
print(f"Anlas: {account.anlas} ({left.fixed_training_steps_left} of this month's grant)")

# Opus generates pictures of up to 1,048,576 pixels and 28 steps for free. V5 drains a battery,
# which only Opus has, and which refills by itself.
if account.usage is not None:
    battery = account.usage
    print(f"Free V5 pictures: about {battery.images_left} ({battery.percent:g} % of the allowance)")
