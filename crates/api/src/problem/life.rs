//! The refusals in the life of an account, in the words of the table.

use identity::LifeRefusal;

use super::{Code, Problem};

impl From<&LifeRefusal> for Problem {
    fn from(refusal: &LifeRefusal) -> Self {
        let problem = Self::from(life_code(refusal));
        match refusal {
            LifeRefusal::OutgoingHold { until } => problem.with_retry_at(*until),
            LifeRefusal::PasswordWrong => problem.at("/current_password"),
            LifeRefusal::StatementInvalid => problem.at("/statement"),
            LifeRefusal::ClosingPhraseWrong => problem.at("/phrase"),
            LifeRefusal::DocumentNumberInvalid => problem.at("/document/number"),
            LifeRefusal::BirthDateInvalid => problem.at("/birth_date"),
            LifeRefusal::TierNotAbove => problem.at("/level"),
            LifeRefusal::QuietHoursInvalid => problem.at("/quiet_hours"),
            LifeRefusal::TimeZoneInvalid => problem.at("/time_zone"),
            LifeRefusal::SecurityIsAlwaysTold => problem.at("/channels/security"),
            _ => problem,
        }
    }
}

pub(super) const fn life_code(refusal: &LifeRefusal) -> Code {
    match refusal {
        LifeRefusal::RecoveryNotFound
        | LifeRefusal::CaseNotFound
        | LifeRefusal::ContactNotFound
        | LifeRefusal::ConfirmationNotFound
        | LifeRefusal::ExportNotFound
        | LifeRefusal::VerificationNotFound => Code::NotFound,
        LifeRefusal::PasswordWrong => Code::PasswordWrong,
        LifeRefusal::RecoveryExpired => Code::RecoveryExpired,
        LifeRefusal::RecoveryStep => Code::RecoveryStep,
        LifeRefusal::RecoveryClosed => Code::RecoveryClosed,
        LifeRefusal::ProofNotOffered => Code::ProofNotOffered,
        LifeRefusal::OutgoingHold { .. } => Code::OutgoingHold,
        LifeRefusal::PasswordDue => Code::PasswordDue,
        LifeRefusal::StatementInvalid => Code::StatementInvalid,
        LifeRefusal::ContactTaken => Code::ContactTaken,
        LifeRefusal::ContactLast => Code::ContactLast,
        LifeRefusal::ConfirmationNotApproved => Code::ConfirmationNotApproved,
        LifeRefusal::ConfirmationClosed => Code::ConfirmationClosed,
        LifeRefusal::ClosingPhraseWrong => Code::ClosingPhraseWrong,
        LifeRefusal::ClosingUnderWay => Code::ClosingUnderWay,
        LifeRefusal::ClosingNotUnderWay => Code::ClosingNotUnderWay,
        LifeRefusal::ExportNotReady => Code::ExportNotReady,
        LifeRefusal::ExportGone => Code::ExportGone,
        LifeRefusal::VerificationStep => Code::VerificationStep,
        LifeRefusal::TierNotAbove => Code::TierNotAbove,
        LifeRefusal::DocumentNumberInvalid => Code::DocumentNumberInvalid,
        LifeRefusal::BirthDateInvalid => Code::BirthDateInvalid,
        LifeRefusal::IdentityTaken => Code::IdentityTaken,
        LifeRefusal::FilesMissing => Code::FilesMissing,
        LifeRefusal::FileNotAllowed => Code::FileNotAllowed,
        LifeRefusal::FileTooLarge => Code::FileTooLarge,
        LifeRefusal::PictureBroken => Code::PictureBroken,
        LifeRefusal::SecondReviewer => Code::SecondReviewer,
        LifeRefusal::QuietHoursInvalid => Code::QuietHoursInvalid,
        LifeRefusal::TimeZoneInvalid => Code::TimeZoneInvalid,
        LifeRefusal::SecurityIsAlwaysTold => Code::SecurityIsAlwaysTold,
    }
}
