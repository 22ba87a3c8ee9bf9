use vocab::Timestamp;

rejections! {
    /// A refusal in the life of an account: passwords, recovery, contacts, closing.
    LifeRefusal;
    /// Not the present password.
    PasswordWrong = "password_wrong", "not the present password";

    /// No such recovery for this client.
    RecoveryNotFound = "recovery_not_found", "no such recovery";
    /// Its half hour is over.
    RecoveryExpired = "recovery_expired", "the recovery has expired";
    /// Another step comes first.
    RecoveryStep = "recovery_step", "this is not the step that the recovery is at";
    /// It is completed, or the password was changed meanwhile.
    RecoveryClosed = "recovery_closed", "the recovery cannot go on";
    /// Not one of the proofs that are asked for, or given already.
    ProofNotOffered = "proof_not_offered", "this proof is not asked for";
    /// No money goes out for a while after an account was recovered.
    OutgoingHold { until: Timestamp } = "outgoing_hold", "outgoing money is held after a recovery";
    /// No money goes out until the password is changed.
    PasswordDue = "password_due", "the password must be changed first";
    /// No such review, or it was decided.
    CaseNotFound = "case_not_found", "no such case";
    /// A statement has 10 to 2,000 visible characters.
    StatementInvalid = "statement_invalid", "not a statement";

    /// No such contact of this person.
    ContactNotFound = "contact_not_found", "no such contact";
    /// Somebody else has proven it since, or has no other.
    ContactTaken = "contact_taken", "the contact belongs to somebody else by now";
    /// Nobody is left without a contact.
    ContactLast = "contact_last", "the last contact stays";

    /// No such confirmation for whoever asks, or too late.
    ConfirmationNotFound = "confirmation_not_found", "no such confirmation";
    /// Nobody has said yes yet.
    ConfirmationNotApproved = "confirmation_not_approved", "the confirmation is not approved yet";
    /// It was decided, picked up, or has expired.
    ConfirmationClosed = "confirmation_closed", "the confirmation is over";

    /// Not the phrase that confirms a closing.
    ClosingPhraseWrong = "closing_phrase_wrong", "not the phrase that confirms";
    /// It is under way already.
    ClosingUnderWay = "closing_under_way", "the account is being closed already";
    /// There is nothing to cancel.
    ClosingNotUnderWay = "closing_not_under_way", "the account is not being closed";
    /// No such export of this person.
    ExportNotFound = "export_not_found", "no such export";
    /// It is still being put together.
    ExportNotReady = "export_not_ready", "the export is not ready yet";
    /// It was fetched, or its day is over.
    ExportGone = "export_gone", "the export is gone";

    /// No such verification of this person.
    VerificationNotFound = "verification_not_found", "no such verification";
    /// It was handed in, or decided.
    VerificationStep = "verification_step", "the verification is not at this step";
    /// The person has this tier, or there is none.
    TierNotAbove = "tier_not_above", "this tier is not above the present one";
    /// Not a number of such a document.
    DocumentNumberInvalid = "document_number_invalid", "not a number of such a document";
    /// Not a day, or not the one in the number.
    BirthDateInvalid = "birth_date_invalid", "not the day of birth in the document";
    /// The document belongs to another account.
    IdentityTaken = "identity_taken", "the document belongs to another account";
    /// Sides of the document are missing.
    FilesMissing = "files_missing", "files are missing";
    /// Neither JPEG, PNG nor PDF.
    FileNotAllowed = "file_not_allowed", "neither JPEG, PNG nor PDF";
    /// Too many bytes or pixels.
    FileTooLarge = "file_too_large", "too many bytes or pixels";
    /// Not a picture that can be read.
    PictureBroken = "picture_broken", "the picture cannot be read";
    /// Whoever said yes first does not say it twice.
    SecondReviewer = "second_reviewer", "a second reviewer must decide";

    /// Not two times of day.
    QuietHoursInvalid = "quiet_hours_invalid", "not two different times of day";
    /// Not the name of a time zone.
    TimeZoneInvalid = "time_zone_invalid", "not the name of a time zone";
    /// Security messages go out whatever a person prefers.
    SecurityIsAlwaysTold = "security_is_always_told", "security messages cannot be turned off";
}
