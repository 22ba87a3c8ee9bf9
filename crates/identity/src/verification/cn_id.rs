//! Numbers of Chinese identity cards: GB 11643-1999, whose check character is ISO 7064 MOD 11-2.
//! A right check character says that the number was typed without a slip, not that it is anybody's.

/// Weights of the first 17 digits.
const WEIGHTS: [u32; 17] = [7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2];
/// The check character for each remainder.
const CHECKS: [char; 11] = ['1', '0', 'X', '9', '8', '7', '6', '5', '4', '3', '2'];
/// First two digits of the regions (GB/T 2260).
const PROVINCES: [u32; 35] = [
    11, 12, 13, 14, 15, 21, 22, 23, 31, 32, 33, 34, 35, 36, 37, 41, 42, 43, 44, 45, 46, 50, 51, 52,
    53, 54, 61, 62, 63, 64, 65, 71, 81, 82, 83,
];

/// A day as people write it, checked against the calendar.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Day {
    pub year: u16,
    pub month: u8,
    pub day: u8,
}

impl Day {
    /// Reads `1949-12-31`; `None` if there is no such day since 1900.
    pub fn parse(text: &str) -> Option<Self> {
        let mut parts = text.split('-');
        let (year, month, day) = (parts.next()?, parts.next()?, parts.next()?);
        let is_plain = [(year, 4), (month, 2), (day, 2)]
            .iter()
            .all(|(part, length)| {
                part.len() == *length && part.bytes().all(|b| b.is_ascii_digit())
            });
        if !is_plain || parts.next().is_some() {
            return None;
        }
        Self::new(year.parse().ok()?, month.parse().ok()?, day.parse().ok()?)
    }

    fn new(year: u16, month: u8, day: u8) -> Option<Self> {
        let is_leap =
            year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400));
        let days = match month {
            1 | 3 | 5 | 7 | 8 | 10 | 12 => 31,
            4 | 6 | 9 | 11 => 30,
            2 if is_leap => 29,
            2 => 28,
            _ => return None,
        };
        let is_real = (1900..=2200).contains(&year) && (1..=days).contains(&day);
        is_real.then_some(Self { year, month, day })
    }

    /// `1949-12-31`.
    pub fn text(self) -> String {
        format!("{:04}-{:02}-{:02}", self.year, self.month, self.day)
    }
}

/// A number in normal form, its check character right.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct CnId {
    pub(crate) number: String,
    pub(crate) birth_date: Day,
}

/// Reads a number of 18 characters; `None` if a digit is wrong, the region or the day does not
/// exist, or it is one of the old ones with 15.
pub(crate) fn parse(typed: &str) -> Option<CnId> {
    let number = typed.trim().to_ascii_uppercase();
    if number.len() != 18 || !number.is_ascii() {
        return None;
    }
    let digits: Vec<u32> = number[..17]
        .chars()
        .map(|c| c.to_digit(10))
        .collect::<Option<_>>()?;
    let sum: u32 = digits.iter().zip(WEIGHTS).map(|(d, w)| d * w).sum();
    let check = CHECKS[usize::try_from(sum % 11).ok()?];
    let is_region = PROVINCES.contains(&(digits[0] * 10 + digits[1]));
    if !number.ends_with(check) || !is_region {
        return None;
    }
    let part = |from: usize, to: usize| number[from..to].parse::<u16>().ok();
    let (month, day) = (part(10, 12)?, part(12, 14)?);
    let birth_date = Day::new(
        part(6, 10)?,
        u8::try_from(month).ok()?,
        u8::try_from(day).ok()?,
    )?;
    Some(CnId { number, birth_date })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_check_character_catches_slips() {
        for good in [
            "11010519491231002X",
            "440524188001010014",
            "11010519491231002x",
        ] {
            // The second was born before 1900: right in itself, nobody's who lives.
            let is_living = !good.starts_with("440524");
            assert_eq!(parse(good).is_some(), is_living, "{good}");
        }
        let good = "11010519491231002X";
        for place in 0..17 {
            for digit in '0'..='9' {
                let mut changed: Vec<char> = good.chars().collect();
                if changed[place] == digit {
                    continue;
                }
                changed[place] = digit;
                let changed: String = changed.into_iter().collect();
                assert!(parse(&changed).is_none(), "{changed}");
            }
        }
        for place in 0..16 {
            let mut swapped: Vec<char> = good.chars().collect();
            swapped.swap(place, place + 1);
            let swapped: String = swapped.into_iter().collect();
            assert!(swapped == good || parse(&swapped).is_none(), "{swapped}");
        }
    }

    #[test]
    fn old_foreign_and_impossible_numbers_are_refused() {
        let table = [
            "110105491231002",
            "",
            "11010519491231002",
            "１１010519491231002X",
        ];
        for typed in table {
            assert!(parse(typed).is_none(), "{typed}");
        }
        assert_eq!(Day::parse("2023-02-29"), None);
        assert_eq!(
            Day::parse("2024-02-29").map(Day::text).as_deref(),
            Some("2024-02-29")
        );
        assert_eq!(Day::parse("2024-2-9"), None);
    }
}
