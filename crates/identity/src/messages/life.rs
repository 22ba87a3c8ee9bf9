use crate::Secret;

/// What a person is told in the life of their account. What changed their credentials is told as a
/// notice; these carry a code, or nothing that could be taken back.
#[derive(Clone, Debug)]
pub enum LifeMessage {
    /// The password is known to others.
    PasswordCompromised,
    /// A code to get back into the account.
    RecoveryCode { code: Secret, minutes: i64 },
    /// A code that proves a new contact.
    ContactCode { code: Secret, minutes: i64 },
    /// A code by which the old contact agrees to the change.
    ContactAgreement { code: Secret, minutes: i64 },
    /// A contact was taken over by somebody who receives its messages now.
    ContactDetached { masked: String },
    /// The account stays.
    ClosingCanceled,
    /// The account is closed.
    Closed,
    /// The documents were looked at.
    VerificationDecided { is_approved: bool },
}

impl LifeMessage {
    pub(super) const fn template(&self) -> &'static str {
        match self {
            Self::PasswordCompromised => "password_compromised",
            Self::RecoveryCode { .. } => "recovery_code",
            Self::ContactCode { .. } => "contact_code",
            Self::ContactAgreement { .. } => "contact_agreement",
            Self::ContactDetached { .. } => "contact_detached",
            Self::ClosingCanceled => "closing_canceled",
            Self::Closed => "closed",
            Self::VerificationDecided { .. } => "verification_decided",
        }
    }

    pub(super) const fn code(&self) -> Option<&Secret> {
        match self {
            Self::RecoveryCode { code, .. }
            | Self::ContactCode { code, .. }
            | Self::ContactAgreement { code, .. } => Some(code),
            _ => None,
        }
    }

    pub(super) fn in_chinese(&self) -> (&'static str, String) {
        match self {
            Self::PasswordCompromised => (
                "请更换密码",
                "您的密码已出现在外泄的密码名单中。修改密码之前，您的账户暂不能付款。请到「安全设置 → 登录密码」修改。".to_owned(),
            ),
            Self::RecoveryCode { code, minutes } => (
                "找回账号验证码",
                format!("您的找回账号验证码是 {}，{minutes} 分钟内有效，仅用于找回账号。如果不是您本人操作，请勿告诉任何人。", code.expose()),
            ),
            Self::ContactCode { code, minutes } => (
                "联系方式验证码",
                format!("您的验证码是 {}，{minutes} 分钟内有效，用于把此联系方式绑定到您的账户。请勿告诉任何人，我们不会向您索要。", code.expose()),
            ),
            Self::ContactAgreement { code, minutes } => (
                "确认更换联系方式",
                format!("您正在更换联系方式。确认码是 {}，{minutes} 分钟内有效；输入后立即生效，不输入则在等待期后生效。如果不是您本人操作，请勿告诉任何人，并立即冻结账户。", code.expose()),
            ),
            Self::ContactDetached { masked } => (
                "联系方式已解除绑定",
                format!("{masked} 已由能收到其消息的另一人验证，不再与您的账户绑定。如果这仍是您的联系方式，请立即联系我们。"),
            ),
            Self::ClosingCanceled => ("注销已取消", "您的账户注销申请已取消，账户继续有效。".to_owned()),
            Self::Closed => ("账户已注销", "您的账户已注销，个人数据已删除，仅依法保留必须留存的记录。".to_owned()),
            Self::VerificationDecided { is_approved: true } => (
                "身份验证已通过",
                "您的身份资料已通过审核。".to_owned(),
            ),
            Self::VerificationDecided { is_approved: false } => (
                "身份验证未通过",
                "您的身份资料未通过审核，您可以重新提交。".to_owned(),
            ),
        }
    }

    pub(super) fn in_english(&self) -> (&'static str, String) {
        match self {
            Self::PasswordCompromised => (
                "Change your password",
                "Your password stands in a list of leaked passwords. Until you change it under Security → Password, no money goes out of your account.".to_owned(),
            ),
            Self::RecoveryCode { code, minutes } => (
                "Your code to recover your account",
                format!("{} is your code to get back into your account, valid for {minutes} minutes. If you \
                     did not ask for it, share it with nobody.", code.expose()),
            ),
            Self::ContactCode { code, minutes } => (
                "Your code for this address",
                format!("{} is your code to add this address to your account, valid for {minutes} minutes. \
                     Never share it; nobody from us asks for it.", code.expose()),
            ),
            Self::ContactAgreement { code, minutes } => (
                "Confirm the change of your contact",
                format!(
                    "You are changing your contact. {} confirms it at once, valid for {minutes} \
                     minutes; without it the change waits. If this was not you, share it with \
                     nobody and freeze your account now.",
                    code.expose()
                ),
            ),
            Self::ContactDetached { masked } => (
                "Contact removed",
                format!("{masked} was proven by somebody else who receives its messages, and is no longer \
                     part of your account. If it still is yours, contact us now."),
            ),
            Self::ClosingCanceled => ("Closing canceled", "Your account stays open.".to_owned()),
            Self::Closed => (
                "Account closed",
                "Your account is closed and your personal data is deleted; only what the law \
                     requires is kept, sealed.".to_owned(),
            ),
            Self::VerificationDecided { is_approved: true } => (
                "Identity verified",
                "Your documents were reviewed and approved.".to_owned(),
            ),
            Self::VerificationDecided { is_approved: false } => (
                "Identity not verified",
                "Your documents were reviewed and not approved; you may submit them again.".to_owned(),
            ),
        }
    }
}
