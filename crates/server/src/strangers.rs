//! What the operator says about messages that strangers may have sent.

use identity::policy::Pumping;

use crate::{cli::MessageArgs, failure::Failure, gateways::countries};

/// Bits that a phone still solves in a minute.
const WORK_MOST: u8 = 24;

/// The settings about strangers, checked.
#[derive(Clone, Debug, Default)]
pub struct Strangers {
    countries: Option<Vec<String>>,
    per_hour: Option<u32>,
    per_day: Option<u32>,
    /// Zero for none.
    work_bits: Option<u8>,
}

impl Strangers {
    /// Joins what the flags say with what the file says.
    pub fn join(args: &MessageArgs, file: MessageArgs) -> Result<Self, Failure> {
        let named = args.countries.clone().or(file.countries);
        let work_bits = args.proof_of_work.or(file.proof_of_work);
        if work_bits.is_some_and(|bits| bits > WORK_MOST) {
            return Err(Failure::used_wrongly(
                "--proof-of-work must be 0 (none) to 24 bits",
            ));
        }
        let per_hour = args.sms_per_hour.or(file.sms_per_hour);
        let per_day = args.sms_per_day.or(file.sms_per_day);
        if per_hour == Some(0) || per_day == Some(0) {
            return Err(Failure::used_wrongly(
                "--sms-per-hour and --sms-per-day must be at least 1",
            ));
        }
        Ok(Self {
            countries: named.map(|codes| read(&codes)).transpose()?,
            per_hour,
            per_day,
            work_bits,
        })
    }

    /// The mode's numbers, with what the operator says instead.
    pub fn apply(&self, usual: Pumping) -> Pumping {
        Pumping {
            countries: self.countries.clone().unwrap_or(usual.countries),
            per_hour: self.per_hour.map_or(usual.per_hour, i64::from),
            per_day: self.per_day.map_or(usual.per_day, i64::from),
            work_bits: match self.work_bits {
                Some(0) => None,
                Some(bits) => Some(bits),
                None => usual.work_bits,
            },
            ..usual
        }
    }
}

fn read(codes: &[String]) -> Result<Vec<String>, Failure> {
    match codes {
        [all] if all == "all" => Ok(Vec::new()),
        [] => Err(Failure::used_wrongly(
            "--countries names countries such as CN,HK, or says all",
        )),
        codes => countries(codes),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn joined(args: MessageArgs) -> Result<Pumping, String> {
        let joined = Strangers::join(&args, MessageArgs::default());
        let joined = joined.map_err(|failure| failure.to_string())?;
        Ok(joined.apply(Pumping::production()))
    }

    #[test]
    fn what_is_not_said_stays_as_usual() {
        let usual = joined(MessageArgs::default()).unwrap();
        assert_eq!(usual.countries, ["CN"]);
        assert_eq!((usual.per_hour, usual.work_bits), (500, Some(18)));
    }

    #[test]
    fn what_is_said_is_checked_and_kept() {
        let said = |countries: &[&str], bits| MessageArgs {
            countries: Some(countries.iter().map(|code| (*code).to_owned()).collect()),
            proof_of_work: Some(bits),
            sms_per_hour: Some(7),
            ..MessageArgs::default()
        };
        let kept = joined(said(&["cn", " HK"], 0)).unwrap();
        assert_eq!(kept.countries, ["CN", "HK"]);
        assert_eq!((kept.per_hour, kept.work_bits), (7, None));
        assert!(joined(said(&["all"], 20)).unwrap().countries.is_empty());
        assert!(
            joined(said(&["China"], 20))
                .unwrap_err()
                .contains("two letters")
        );
        assert!(joined(said(&[], 20)).is_err());
        assert!(
            joined(said(&["CN"], 25))
                .unwrap_err()
                .contains("0 (none) to 24")
        );
    }
}
