"""``novelai account``."""


def test_tier_balance_and_allowance(run, emulator):
    """Four lines for a person."""
    account = emulator.account()
    account.fixed_anlas, account.purchased_anlas, account.expires_at = 900, 100, 1_893_456_000
    assert run("account").lines == [
        "Opus (active, until 2030-01-01)",
        "1000 Anlas: 900 of the month, 100 bought",
        "V5 allowance 100 %",
        "about 1730 V5 pictures left, full",
    ]


def test_the_allowance_is_a_battery(run, emulator):
    """What is left, how fast it refills, when it is full, and what was bought on top."""
    account = emulator.account()
    account.usage_percent, account.usage_purchased = 3, 150
    percent, battery = run("account").lines[2:]
    assert percent == "V5 allowance 3 %"
    assert battery.split(", ") == [
        "about 52 V5 pictures left (low)",
        "refills 11 % a day",
        "full in 8.9 days",
        "150 % bought on top",
    ]


def test_a_used_up_allowance_is_said(run, emulator):
    """V5 pictures cost Anlas then."""
    emulator.account().usage_percent = 0
    emulator.account().usage_is_negative = True
    assert run("account").lines[2] == "V5 allowance 0 %, used up: V5 pictures cost Anlas"


def test_json_is_one_object(run, emulator):
    """Below Opus there is no allowance."""
    emulator.account().tier = 1
    (record,) = run("account", "--json").records
    expires_at = record.pop("expires_at")
    assert isinstance(expires_at, int)
    assert record == {
        "tier": 1,
        "tier_name": "Tablet",
        "active": True,
        "anlas": 10_000,
        "anlas_of_the_month": 10_000,
        "anlas_bought": 0,
        "v5_allowance_percent": None,
        "v5_allowance_used_up": None,
        "v5_images_left": None,
        "v5_refill_percent_a_day": None,
        "v5_seconds_until_full": None,
        "v5_purchased_percent": None,
    }


def test_a_revoked_key_is_code_3(run, emulator):
    """With a hint at the doctor."""
    emulator.account().revoked = True
    ran = run("account")
    assert ran.exit_code == 3
    assert "novelai doctor" in ran.stderr
