//! What the operator says about passwords: which rules, how old they may get, which have leaked.

use std::path::{Path, PathBuf};

use identity::policy::{LeakedPasswords, Life, PasswordRules, Rotation};

use crate::{cli::PasswordArgs, failure::Failure, leaked::LeakedFile};

/// Days that a password may be asked to last at most.
const AGE_MOST: u32 = 3_650;

/// The settings about passwords, checked.
#[derive(Clone, Debug, Default)]
pub struct Passwords {
    rules: Option<PasswordRules>,
    rotation: Option<Rotation>,
    /// Zero for never.
    age_days: Option<u32>,
    leaked: Option<PathBuf>,
}

impl Passwords {
    /// Joins what the flags say with what the file says.
    pub fn join(args: &PasswordArgs, file: &PasswordArgs) -> Result<Self, Failure> {
        let rules = match args
            .password_rules
            .as_ref()
            .or(file.password_rules.as_ref())
        {
            None => None,
            Some(rules) => match rules.as_str() {
                "mission" => Some(PasswordRules::Mission),
                "nist" => Some(PasswordRules::Nist),
                _ => {
                    return Err(Failure::used_wrongly(
                        "--password-rules must be mission or nist",
                    ));
                }
            },
        };
        let rotation = args.password_rotation.as_ref();
        let rotation = match rotation.or(file.password_rotation.as_ref()) {
            None => None,
            Some(rotation) => match rotation.as_str() {
                "remind" => Some(Rotation::Remind),
                "force" => Some(Rotation::Force),
                _ => {
                    return Err(Failure::used_wrongly(
                        "--password-rotation must be remind or force",
                    ));
                }
            },
        };
        let age_days = args.password_age.or(file.password_age);
        if age_days.is_some_and(|days| days > AGE_MOST) {
            return Err(Failure::used_wrongly(
                "--password-age must be 0 (never) to 3650 days",
            ));
        }
        let leaked = args.leaked_passwords.as_ref();
        Ok(Self {
            rules,
            rotation,
            age_days,
            leaked: leaked.or(file.leaked_passwords.as_ref()).cloned(),
        })
    }

    /// The numbers with what the operator chose. The list of leaked passwords stays open for as
    /// long as the program runs.
    pub fn apply(&self, usual: Life) -> Result<Life, Failure> {
        let age = |days: u32| (days > 0).then(|| i64::from(days) * 86_400);
        Ok(Life {
            password_rules: self.rules.unwrap_or(usual.password_rules),
            password_rotation: self.rotation.unwrap_or(usual.password_rotation),
            password_age_seconds: self.age_days.map_or(usual.password_age_seconds, age),
            leaked: self.leaked.as_deref().map(open).transpose()?,
            ..usual
        })
    }
}

fn open(path: &Path) -> Result<&'static dyn LeakedPasswords, Failure> {
    let list: &'static LeakedFile = Box::leak(Box::new(LeakedFile::open(path)?));
    Ok(list)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn args(rules: &str, rotation: &str, age: u32) -> PasswordArgs {
        PasswordArgs {
            password_rules: Some(rules.to_owned()),
            password_rotation: Some(rotation.to_owned()),
            password_age: Some(age),
            leaked_passwords: None,
        }
    }

    #[test]
    fn flags_win_and_nonsense_is_refused() {
        let (flags, file) = (args("nist", "force", 0), args("mission", "remind", 30));
        let joined = Passwords::join(&flags, &file).expect("good settings");
        let life = joined.apply(Life::PRODUCTION).expect("no list");
        assert_eq!(life.password_rules, PasswordRules::Nist);
        assert_eq!(life.password_rotation, Rotation::Force);
        assert_eq!(life.password_age_seconds, None);
        let none = PasswordArgs::default();
        for wrong in [
            args("strict", "force", 1),
            args("nist", "often", 1),
            args("nist", "force", 4_000),
        ] {
            assert!(Passwords::join(&wrong, &none).is_err(), "{wrong:?}");
        }
        let usual = Passwords::join(&none, &none).expect("nothing said");
        let life = usual.apply(Life::PRODUCTION).expect("no list");
        assert_eq!(
            life.password_age_seconds,
            Life::PRODUCTION.password_age_seconds
        );
    }
}
