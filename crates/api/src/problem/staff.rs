//! The refusals of the back office, in the words of the table.

use identity::StaffRefusal;

use super::{Code, Problem};

impl From<&StaffRefusal> for Problem {
    fn from(refusal: &StaffRefusal) -> Self {
        let problem = Self::from(staff_code(refusal));
        match refusal {
            StaffRefusal::UnmasksTooMany { retry_at } => problem.with_retry_at(*retry_at),
            StaffRefusal::OperatorNameInvalid => problem.at("/name"),
            StaffRefusal::CaseInvalid => problem.at("/case"),
            StaffRefusal::ReasonInvalid => problem.at("/reason"),
            _ => problem,
        }
    }
}

pub(super) const fn staff_code(refusal: &StaffRefusal) -> Code {
    match refusal {
        StaffRefusal::OperatorNotFound | StaffRefusal::StaffRequestNotFound => Code::NotFound,
        StaffRefusal::OperatorNameInvalid => Code::OperatorNameInvalid,
        StaffRefusal::OperatorNameTaken => Code::OperatorNameTaken,
        StaffRefusal::BootstrapClosed => Code::BootstrapClosed,
        StaffRefusal::OperatorNotAllowed => Code::OperatorNotAllowed,
        StaffRefusal::CaseInvalid => Code::CaseInvalid,
        StaffRefusal::ReasonInvalid => Code::ReasonInvalid,
        StaffRefusal::UnmasksTooMany { .. } => Code::UnmasksTooMany,
        StaffRefusal::OwnRequest => Code::OwnRequest,
        StaffRefusal::StaffRequestClosed => Code::StaffRequestClosed,
    }
}
