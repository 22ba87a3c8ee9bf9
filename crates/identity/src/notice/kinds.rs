use crate::Locale;

macro_rules! notices {
    ($(
        $(#[$doc:meta])*
        $name:ident $({ $($field:ident),* })? = $code:literal,
        $zh_title:literal, $zh:literal, $en_title:literal, $en:literal;
    )*) => {
        /// What a person is told about their account. The fields are shown as they are.
        #[derive(Clone, Debug, PartialEq, Eq)]
        pub enum Notice { $($(#[$doc])* $name $({ $($field: String),* })?),* }

        impl Notice {
            /// Every code.
            pub const CODES: &'static [&'static str] = &[$($code),*];

            /// As stored and as shown in the API.
            pub const fn code(&self) -> &'static str {
                match self { $(Self::$name { .. } => $code),* }
            }

            /// Title and sentence in a language.
            pub fn write(&self, locale: Locale) -> (&'static str, String) {
                match (self, locale) {
                    $(
                        (Self::$name $({ $($field),* })?, Locale::Zh) => {
                            ($zh_title, format_args!($zh).to_string())
                        }
                        (Self::$name $({ $($field),* })?, Locale::En) => {
                            ($en_title, format_args!($en).to_string())
                        }
                    )*
                }
            }
        }
    };
}

notices! {
    /// Money was frozen.
    AccountFrozen = "account_frozen",
        "账户已冻结", "您的账户已冻结，暂不能付款；资金安全，收款与查看不受影响（除非另行限制）。如需恢复，请登录后在「安全设置」解除冻结。",
        "Account frozen", "Your account is frozen: no payment leaves it. Your money is safe; receiving and viewing go on unless restricted too. To go on, sign in and lift the freeze under Security.";
    /// A freeze was lifted.
    FreezeLifted = "freeze_lifted",
        "冻结已解除", "您账户的一项冻结已解除。",
        "Freeze lifted", "A freeze of your account was lifted.";
    /// A program got its secret.
    AccessTokenClaimed { name } = "access_token_claimed",
        "访问令牌已领取", "访问令牌「{name}」已领取，程序可在其权限与额度内代您操作。",
        "Access token claimed", "The access token “{name}” was claimed; a program may act for you within its scopes and caps.";
    /// A program may no longer act.
    AccessTokenRevoked { name } = "access_token_revoked",
        "访问令牌已吊销", "访问令牌「{name}」已吊销。",
        "Access token revoked", "The access token “{name}” was revoked.";
    /// The person allows themselves more.
    LimitRaised = "limit_raised",
        "限额已提高", "您提高了自己的付款限额或访问令牌的额度。",
        "Limit raised", "You raised your own payment limit or the caps of an access token.";
    /// A Token became active.
    SecurityTokenActivated = "security_token_activated",
        "Token 已激活", "一个新的 Token 已激活。",
        "Token activated", "A new Token is active.";
    /// A Token was blocked after wrong tries.
    SecurityTokenBlocked = "security_token_blocked",
        "Token 已锁定", "您的 Token 因多次输入错误已被锁定，不能再授权交易。",
        "Token blocked", "Your Token was blocked after several wrong tries and authorises nothing any more.";
    /// A Token was canceled by its owner.
    SecurityTokenCanceled = "security_token_canceled",
        "Token 已取消", "您的 Token 已取消，不能再授权交易。",
        "Token canceled", "Your Token was canceled and authorises nothing any more.";
    /// Signed in on a device that was not seen before.
    NewDevice { device } = "new_device",
        "新设备登录", "您的账户刚在新设备上登录：{device}。",
        "New device", "Your account was signed in to on a new device: {device}.";
    /// A device was removed.
    DeviceRemoved = "device_removed",
        "设备已移除", "一台设备已从您的账户移除，其登录已失效。",
        "Device removed", "A device was removed from your account and signed out.";
    /// The right password came while too many wrong ones made it wait.
    SignInBlocked = "sign_in_blocked",
        "登录被暂时阻止", "有人用正确的密码尝试登录，但因此前多次输错已被暂时阻止。",
        "Sign-in blocked", "Somebody tried to sign in with the right password and was blocked, since too many wrong ones came before.";
    /// The password was right, the second step was not.
    SecondStepFailed = "second_step_failed",
        "登录第二步失败", "有人输入了您的正确密码，但未通过第二步验证。",
        "Second step failed", "Somebody entered your right password and failed the second step.";
    /// An authenticator app was activated.
    TotpActivated = "totp_activated",
        "验证器已启用", "登录时将需要验证器应用中的动态码。",
        "Authenticator app activated", "From now on signing in asks for a code of your authenticator app.";
    /// The authenticator app was removed.
    TotpRemoved = "totp_removed",
        "验证器已移除", "登录时不再需要验证器应用中的动态码。",
        "Authenticator app removed", "Signing in does not ask for a code of your authenticator app any more.";
    /// Codes by SMS were turned on.
    SmsEnabled = "sms_enabled",
        "短信验证已启用", "登录时可使用短信验证码。",
        "Codes by SMS turned on", "From now on signing in asks for a code by SMS.";
    /// Codes by SMS were turned off.
    SmsDisabled = "sms_disabled",
        "短信验证已关闭", "登录时不再使用短信验证码。",
        "Codes by SMS turned off", "Signing in does not ask for a code by SMS any more.";
    /// A new set of recovery codes was made.
    RecoveryCodesReplaced = "recovery_codes_replaced",
        "恢复码已生成", "已为您生成一组新的恢复码，之前的已作废。",
        "New recovery codes", "A new set of recovery codes was made; earlier ones are void.";
    /// A recovery code was used.
    RecoveryCodeUsed { left } = "recovery_code_used",
        "恢复码已使用", "您的一个恢复码已被使用，还剩 {left} 个。",
        "Recovery code used", "One of your recovery codes was used; {left} are left.";
    /// The payment PIN was set.
    PinSet = "pin_set",
        "支付密码已设置", "您的支付密码已设置。",
        "PIN set", "Your payment PIN was set.";
    /// The payment PIN was changed.
    PinChanged = "pin_changed",
        "支付密码已修改", "您的支付密码已修改。",
        "PIN changed", "Your payment PIN was changed.";
    /// The payment PIN was reset without the old one.
    PinReset = "pin_reset",
        "支付密码已重置", "您的支付密码已重置。",
        "PIN reset", "Your payment PIN was reset.";
    /// The payment PIN is locked for a while.
    PinLocked = "pin_locked",
        "支付密码已锁定", "您的支付密码因多次输入错误已暂时锁定。",
        "PIN locked", "Your payment PIN is locked for a while after several wrong tries.";
    /// The payment PIN is void.
    PinVoid = "pin_void",
        "支付密码已失效", "您的支付密码因多次输入错误已失效，请重置。",
        "PIN void", "Your payment PIN is void after too many wrong tries; reset it.";
    /// A Token was blocked by its owner.
    SecurityTokenBlockedByOwner = "security_token_blocked_by_owner",
        "Token 已冻结", "您的一个 Token 已被冻结，不能再授权交易。",
        "Token blocked", "One of your Tokens was blocked and authorises nothing until it is unblocked.";
    /// A blocked Token works again.
    SecurityTokenUnblocked = "security_token_unblocked",
        "Token 已解冻", "您的一个 Token 已解冻，可以再次授权交易。",
        "Token unblocked", "One of your Tokens was unblocked and authorises transactions again.";
    /// The password was changed by its owner.
    PasswordChanged = "password_changed",
        "密码已修改", "您的登录密码已修改，其他登录均已退出。",
        "Password changed", "Your password was changed and you were signed out everywhere else.";
    /// The account was recovered.
    Recovered = "recovered",
        "账号已找回", "您的账号已通过找回流程恢复，所有登录均已退出，一段时间内不能向外付款。",
        "Account recovered", "Your account was recovered and signed out everywhere; no money goes out for a while.";
    /// A review of a lost account was asked for.
    ReviewAsked = "review_asked",
        "有人申请人工找回您的账号", "有人申请人工审核以找回您的账号。",
        "Somebody asks to recover your account", "Somebody asked for a review to recover your account.";
    /// A contact was proven and will count after a while.
    ContactAdded { masked } = "contact_added",
        "联系方式变更", "{masked} 将在等待期后成为您账户的联系方式。",
        "Your contacts change", "{masked} becomes a contact of your account after a waiting time.";
    /// A contact counts from now on.
    ContactApplied { masked } = "contact_applied",
        "联系方式已生效", "{masked} 现在是您账户的联系方式。",
        "Contact added", "{masked} is a contact of your account from now on.";
    /// A contact was taken away.
    ContactRemoved { masked } = "contact_removed",
        "联系方式已移除", "{masked} 已不再是您账户的联系方式。",
        "Contact removed", "{masked} is no contact of your account any more.";
    /// Security messages go elsewhere.
    ContactDesignated { masked } = "contact_designated",
        "安全联系方式已变更", "安全消息今后发送至 {masked}。",
        "Security messages go elsewhere", "Security messages go to {masked} from now on.";
    /// The account will be closed.
    ClosingBegun { date } = "closing_begun",
        "账户将注销", "您已申请注销账户，账户将于 {date} 注销。在此之前登录并取消即可保留账户。",
        "Your account will be closed", "You asked to close your account; it will be closed on {date}. Sign in and cancel before then to keep it.";
    /// A copy of the person's data can be fetched.
    ExportReady = "export_ready",
        "个人数据副本已就绪", "您申请的个人数据副本已就绪，可在 24 小时内下载一次。",
        "The copy of your data is ready", "The copy of your data that you asked for can be downloaded once within 24 hours.";
    /// A passkey was added.
    PasskeyAdded { name } = "passkey_added",
        "通行密钥已添加", "已为您的账户添加通行密钥：{name}。",
        "Passkey added", "A passkey was added to your account: {name}.";
    /// A passkey was removed.
    PasskeyRemoved = "passkey_removed",
        "通行密钥已移除", "您账户的一个通行密钥已移除。",
        "Passkey removed", "A passkey was removed from your account.";
}
