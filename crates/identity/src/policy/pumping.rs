/// What keeps strangers from having messages sent. Times are in seconds.
#[derive(Clone, Debug)]
pub struct Pumping {
    /// Countries whose numbers get codes from us, ISO 3166; none for every country. The home
    /// country alone, unless the operator says otherwise (Twilio's advice: only where one's people
    /// are).
    pub countries: Vec<String>,
    /// First digits of a number, country code included, that are counted together: 7 (own; in most
    /// plans an operator's block).
    pub prefix_digits: usize,
    /// Codes to strangers with one prefix in an hour: 30 (own).
    pub prefix_per_hour: i64,
    /// Codes to strangers in an hour and a day: 500 and 5000 (own; what a leak may cost).
    pub per_hour: i64,
    pub per_day: i64,
    /// A prefix is judged from so many codes in a day on: 50 (own; more than an hour may have, so
    /// that people had time to use theirs).
    pub judged_sends: i64,
    /// It is paused for the day if fewer than this share was used: 20 % (own; sign-ups of people
    /// use well over half).
    pub used_percent: i64,
    /// Bits of the proof of work before an anonymous send: 18 (OWASP's sketch; Rauthy 19); `None`
    /// for no proof.
    pub work_bits: Option<u8>,
    /// Life of a challenge: 120 s (own; OWASP 60 s, slow phones need more).
    pub work_seconds: i64,
}

impl Pumping {
    /// What a server with real people starts with.
    pub fn production() -> Self {
        Self {
            countries: vec!["CN".to_owned()],
            prefix_digits: 7,
            prefix_per_hour: 30,
            per_hour: 500,
            per_day: 5_000,
            judged_sends: 50,
            used_percent: 20,
            work_bits: Some(18),
            work_seconds: 120,
        }
    }

    /// What a sandbox starts with: nothing leaves it, so nothing is counted out.
    pub fn sandbox() -> Self {
        Self {
            countries: Vec::new(),
            prefix_per_hour: i64::MAX,
            per_hour: i64::MAX,
            per_day: i64::MAX,
            judged_sends: i64::MAX,
            work_bits: None,
            ..Self::production()
        }
    }
}
