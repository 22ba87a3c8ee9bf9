use vocab::Timestamp;

rejections! {
    /// A refusal in the back office.
    StaffRefusal;
    /// Not a name for an operator: 3 to 32 of `a–z 0–9 . _ -`, a letter first.
    OperatorNameInvalid = "operator_name_invalid", "not a name for an operator";
    /// Another operator has or had this name.
    OperatorNameTaken = "operator_name_taken", "another operator has this name";
    /// No such operator, or their account has ended.
    OperatorNotFound = "operator_not_found", "no such operator";
    /// The token for the first account is wrong, over or used.
    BootstrapClosed = "bootstrap_closed", "the first account cannot be made like this";
    /// The role does not allow it.
    OperatorNotAllowed = "operator_not_allowed", "the role does not allow it";
    /// Not the name of a case.
    CaseInvalid = "case_invalid", "not the name of a case";
    /// A reason has 4 to 200 visible characters.
    ReasonInvalid = "reason_invalid", "not a reason";
    /// Too many contacts were shown in clear.
    UnmasksTooMany { retry_at: Timestamp } = "unmasks_too_many", "too many contacts were shown";
    /// No such request.
    StaffRequestNotFound = "staff_request_not_found", "no such request";
    /// Whoever asks does not decide.
    OwnRequest = "own_request", "somebody else has to decide";
    /// It was decided or is over.
    StaffRequestClosed = "staff_request_closed", "the request was decided or is over";
}
