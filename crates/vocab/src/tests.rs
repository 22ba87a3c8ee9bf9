use proptest::prelude::*;

use super::*;

struct Counting;

impl Entropy for Counting {
    fn fill(&self, buffer: &mut [u8]) {
        buffer.iter_mut().zip(1..).for_each(|(byte, n)| *byte = n);
    }
}

#[test]
fn time_prints_as_rfc_3339() {
    let cases = [
        (0, "1970-01-01T00:00:00.000000Z"),
        (951_782_400_000_000, "2000-02-29T00:00:00.000000Z"),
        (1_795_379_613_000_001, "2026-11-22T20:33:33.000001Z"),
        (-1, "1969-12-31T23:59:59.999999Z"),
    ];
    for (micros, text) in cases {
        assert_eq!(Timestamp::from_micros(micros).to_string(), text);
    }
}

#[test]
fn money_prints_in_major_units() {
    let cases = [
        (1234, Currency::CNY, "12.34 CNY"),
        (-5, Currency::USD, "-0.05 USD"),
        (500, Currency::JPY, "500 JPY"),
        (1, Currency::KWD, "0.001 KWD"),
        (i64::MIN, Currency::EUR, "-92233720368547758.08 EUR"),
    ];
    for (minor, currency, text) in cases {
        assert_eq!(Money::new(minor, currency).to_string(), text);
    }
}

#[test]
fn minor_units_are_read_strictly() {
    assert_eq!(Money::parse_minor("9223372036854775807"), Ok(i64::MAX));
    assert_eq!(Money::parse_minor("-1"), Ok(-1));
    assert_eq!(
        Money::parse_minor("9223372036854775808"),
        Err(MoneyError::Overflow)
    );
    for text in [
        "", "-", "+1", "1e3", "1.5", " 1", "1 ", "１２", "01", "0x1", "١",
    ] {
        assert_eq!(
            Money::parse_minor(text),
            Err(MoneyError::NotWhole),
            "{text:?}"
        );
    }
}

#[test]
fn currencies_agree_with_iso_4217() {
    for &currency in Currency::ALL {
        let iso = iso_currency::Currency::from_code(currency.code()).expect("a listed code");
        assert_eq!(iso.numeric(), currency.number(), "{currency}");
        assert_eq!(
            iso.exponent().map(u32::from),
            Some(currency.exponent()),
            "{currency}"
        );
        assert_eq!(Currency::from_number(currency.number()), Some(currency));
        assert_eq!(currency.code().parse(), Ok(currency));
    }
    assert_eq!("cny".parse::<Currency>(), Err(MoneyError::UnknownCurrency));
}

#[test]
fn ids_are_ordered_and_read_back() {
    let mut sequence = IdSequence::after(RecordId::from_raw(0));
    let now = Timestamp::from_micros(1_795_379_613_000_000);
    let first = sequence.next(now);
    let second = sequence.next(now);
    let after_clock_went_back = sequence.next(Timestamp::from_micros(5));
    assert!(first < second && second < after_clock_went_back);
    assert_eq!(first.time(), now);
    assert!(RecordId::first_at(now) <= first);
    let shown = first.with_prefix("trf");
    assert_eq!(RecordId::parse_prefixed("trf", &shown), Ok(first));
    assert_eq!(RecordId::parse_prefixed("top", &shown), Err(IdError));
    assert!(first.with_prefix("trf") < second.with_prefix("trf"));

    let registration = RegistrationId::new(now, &Counting);
    assert_eq!(registration.to_string().parse(), Ok(registration));
    assert!(
        registration
            .to_string()
            .to_uppercase()
            .parse::<RegistrationId>()
            .is_err()
    );
    for text in [
        "usr_",
        "usr_zzzzzzzzzzzzz",
        "usr_uuuuuuuuuuuuu",
        "usr_0000000000000\0",
        "",
        "_",
    ] {
        assert_eq!(text.parse::<UserId>(), Err(IdError), "{text:?}");
    }
}

#[test]
fn typed_tokens_are_read_with_tolerance() {
    assert_eq!(
        crockford_fold("o1il-abcd ef"),
        Some("0111ABCDEF".to_owned())
    );
    assert_eq!(crockford_fold("U"), None);
    assert_eq!(crockford_fold("é"), None);
}

#[test]
fn people_are_masked() {
    assert_eq!(mask_phone("+8613800000001"), "138****0001");
    assert_eq!(mask_phone("+447700900123"), "+44****0123");
    assert_eq!(mask_phone("+1"), "+1****");
    assert_eq!(mask_email("alice@example.com"), "a***@example.com");
    assert_eq!(mask_name("张三"), "*三");
    assert_eq!(mask_name("欧阳小明"), "***明");
    assert_eq!(mask_name("三"), "*");
    assert_eq!(mask_name("Alice Smith"), "A*** S***");
    assert_eq!(mask_name(""), "");
}

#[test]
fn uniform_numbers_stay_below_their_bound() {
    let entropy: &dyn Entropy = &Counting;
    assert!(entropy.below(1_000_000) < 1_000_000);
    assert_eq!(entropy.below(1), 0);
}

proptest! {
    #[test]
    fn splits_sum_to_the_whole(
        total in 0..=i64::MAX,
        weights in prop::collection::vec(0..=i64::MAX, 1..8),
    ) {
        let sum: i128 = weights.iter().map(|&w| i128::from(w)).sum();
        if let Some(parts) = split(total, &weights) {
            prop_assert_eq!(parts.iter().map(|&p| i128::from(p)).sum::<i128>(), i128::from(total));
            if i128::from(total) <= sum {
                for (part, weight) in parts.iter().zip(&weights) {
                    prop_assert!(part <= weight);
                }
            }
        }
    }

    #[test]
    fn ids_survive_text(raw in 0..=i64::MAX) {
        let id = AccountId::from_raw(raw);
        prop_assert_eq!(id.to_string().parse(), Ok(id));
    }
}

#[test]
fn dates_go_there_and_back() {
    for day in [-719_468, -1, 0, 59, 11_016, 20_779, 47_541] {
        let at = Timestamp::from_micros(day * Timestamp::DAY);
        let (year, month, date) = at.date();
        assert_eq!(Timestamp::of_date(year, month, date), at, "{at}");
    }
    let leap = Timestamp::of_date(2_000, 2, 29);
    assert_eq!(leap.to_string(), "2000-02-29T00:00:00.000000Z");
    assert_eq!(leap.date(), (2_000, 2, 29));
}
