use axum::http::StatusCode;
use payments::Language;

/// What a caller may conclude about the effect of a write.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Effect {
    Applied,
    NotApplied,
    Unknown,
}

impl Effect {
    pub const fn name(self) -> &'static str {
        match self {
            Self::Applied => "applied",
            Self::NotApplied => "not_applied",
            Self::Unknown => "unknown",
        }
    }
}

macro_rules! problems {
    ($($name:ident $status:ident $code:literal $en:literal $zh:literal;)*) => {
        /// Every "no" of the API. The name, its status and its titles stand in one table.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Code { $($name),* }

        impl Code {
            /// Every code, in the order of the table.
            pub const ALL: &'static [Self] = &[$(Self::$name),*];

            /// The stable name that programs act on.
            pub const fn name(self) -> &'static str {
                match self { $(Self::$name => $code),* }
            }

            pub const fn status(self) -> StatusCode {
                match self { $(Self::$name => StatusCode::$status),* }
            }

            /// The sentence that people read.
            pub const fn title(self, language: Language) -> &'static str {
                match (self, language) {
                    $((Self::$name, Language::En) => $en, (Self::$name, Language::Zh) => $zh,)*
                }
            }
        }
    };
}

problems! {
    // The shape of the request.
    MalformedJson BAD_REQUEST "malformed_json" "The body is not valid JSON" "请求内容不是有效的 JSON";
    DuplicateField BAD_REQUEST "duplicate_field" "A field is given twice" "字段重复";
    UnknownField BAD_REQUEST "unknown_field" "This field is not known here" "存在未知字段";
    MissingField BAD_REQUEST "missing_field" "A field is missing" "缺少必填字段";
    InvalidField BAD_REQUEST "invalid_field" "A field has a wrong value" "字段的值无效";
    InvalidAmount BAD_REQUEST "invalid_amount" "The amount is not a positive whole number of minor units" "金额无效，须为正整数的最小货币单位";
    InvalidCurrency BAD_REQUEST "invalid_currency" "This currency is not enabled" "不支持该币种";
    UnknownFilter BAD_REQUEST "unknown_filter" "This filter is not known here" "未知的筛选条件";
    InvalidParameter BAD_REQUEST "invalid_parameter" "A parameter has a wrong value" "参数的值无效";
    IdempotencyKeyRequired BAD_REQUEST "idempotency_key_required" "The Idempotency-Key header is required" "缺少 Idempotency-Key 请求头";
    InvalidIdempotencyKey BAD_REQUEST "invalid_idempotency_key" "The Idempotency-Key must be 1 to 255 visible ASCII characters, given once" "Idempotency-Key 须为 1 至 255 个可见 ASCII 字符，且只出现一次";
    BodyTimeout REQUEST_TIMEOUT "body_timeout" "The body did not arrive in time" "请求内容未能及时送达";
    BodyTooLarge PAYLOAD_TOO_LARGE "body_too_large" "The body is too large" "请求内容过大";
    UnsupportedMediaType UNSUPPORTED_MEDIA_TYPE "unsupported_media_type" "The body must be application/json" "请求内容须为 application/json";
    HostNotServed MISDIRECTED_REQUEST "host_not_served" "This server does not answer for that host" "本服务器不处理该主机名的请求";
    // Who is calling.
    Unauthenticated UNAUTHORIZED "unauthenticated" "Sign in first" "请先登录";
    AuthFailed UNAUTHORIZED "auth_failed" "The sign-in name or the password is wrong" "账号或密码错误";
    OriginNotAllowed FORBIDDEN "origin_not_allowed" "This page may not act for you" "不允许该来源代您操作";
    // Authority.
    StepUpRequired FORBIDDEN "step_up_required" "A further proof is required" "需要进一步验证";
    SecurityTokenInvalid FORBIDDEN "security_token_invalid" "The security token is wrong" "Token 错误";
    SecurityTokenBlocked FORBIDDEN "security_token_blocked" "The security token is blocked after too many wrong tries" "错误次数过多，Token 已被锁定";
    ProofWrong UNPROCESSABLE_ENTITY "proof_wrong" "The proof is wrong" "验证信息错误";
    MethodNotAccepted FORBIDDEN "method_not_accepted" "This proof is not accepted here" "此处不接受该验证方式";
    StepUpExpired GONE "step_up_expired" "The step-up has expired; ask for another" "验证已过期，请重新发起";
    StepUpClosed CONFLICT "step_up_closed" "The step-up takes no proof any more" "该验证已结束";
    TransferNotScheduled CONFLICT "transfer_not_scheduled" "The payment has arrived, or was called back" "该付款已到账或已撤回";
    ApprovalVoid CONFLICT "approval_void" "The approval is not one of this payment, or it is over" "该付款确认不适用于此笔付款或已失效";
    ApprovalClosed CONFLICT "approval_closed" "The approval takes no proof any more" "该付款确认已结束";
    ApprovalsTooMany CONFLICT "approvals_too_many" "Too many payments wait for your approval" "待确认的付款过多，请先处理";
    TriesTooMany TOO_MANY_REQUESTS "tries_too_many" "Too many wrong tries; wait a while" "错误次数过多，请稍后再试";
    NoticeExpired GONE "notice_expired" "The link has expired or was used" "链接已失效或已使用";
    TicketInvalid GONE "ticket_invalid" "This sign-in is over; start again" "本次登录已失效，请重新登录";
    FactorAlreadySet CONFLICT "factor_already_set" "It is set up already" "该验证方式已启用";
    FactorNotSet CONFLICT "factor_not_set" "It is not set up" "该验证方式未启用";
    FactorNotPending CONFLICT "factor_not_pending" "Nothing waits to be activated" "没有待激活的验证方式";
    PinInvalid BAD_REQUEST "pin_invalid" "A PIN has six digits" "支付密码须为 6 位数字";
    PinWeak UNPROCESSABLE_ENTITY "pin_weak" "This PIN is too easy to guess" "支付密码过于简单";
    PinAlreadySet CONFLICT "pin_already_set" "There is a PIN already" "支付密码已设置";
    PinNotSet CONFLICT "pin_not_set" "There is no PIN" "尚未设置支付密码";
    PinLocked LOCKED "pin_locked" "The PIN is locked for a while" "支付密码已锁定，请稍后再试";
    PinVoid LOCKED "pin_void" "The PIN is void after too many wrong tries; reset it" "支付密码已失效，请重置";
    ScopeMissing FORBIDDEN "scope_missing" "This access token lacks the scope" "该访问令牌缺少所需权限";
    PersonRequired FORBIDDEN "person_required" "Only a signed-in person may do this" "仅限本人登录后操作";
    PayeeNotAllowed FORBIDDEN "payee_not_allowed" "This access token may not pay this payee" "该访问令牌不允许向此收款人付款";
    // Existence and state.
    NotFound NOT_FOUND "not_found" "There is nothing here" "未找到";
    MethodNotAllowed METHOD_NOT_ALLOWED "method_not_allowed" "This method is not allowed here" "不支持该请求方法";
    IdempotencyKeyReused CONFLICT "idempotency_key_reused" "This idempotency key names another request" "该幂等键已用于另一个请求";
    RequestInProgress CONFLICT "request_in_progress" "The same request is still running" "相同的请求仍在处理中";
    ReferenceReused CONFLICT "reference_reused" "This reference was used before" "该业务编号已被使用";
    // People and their credentials.
    PhoneInvalid BAD_REQUEST "phone_invalid" "This is not a phone number that can get a message" "手机号无效";
    EmailInvalid BAD_REQUEST "email_invalid" "This is not an e-mail address" "邮箱地址无效";
    NameInvalid BAD_REQUEST "name_invalid" "A name has 1 to 64 visible characters" "姓名须为 1 至 64 个可见字符";
    TermsNotAccepted BAD_REQUEST "terms_not_accepted" "The terms must be accepted" "须先同意服务条款";
    RegistrationExpired GONE "registration_expired" "The registration has expired; start again" "注册已过期，请重新开始";
    RegistrationClosed CONFLICT "registration_closed" "The registration cannot be completed any more" "该注册已结束，无法继续";
    ContactAlreadyVerified CONFLICT "contact_already_verified" "The contact is verified already" "联系方式已验证";
    ContactNotVerified CONFLICT "contact_not_verified" "The contact is not verified yet" "联系方式尚未验证";
    CodeWrong UNPROCESSABLE_ENTITY "code_wrong" "This is not the code that was sent" "验证码错误";
    CodeExpired GONE "code_expired" "The code has expired; ask for another" "验证码已过期，请重新获取";
    CodeExhausted LOCKED "code_exhausted" "Too many wrong codes; start again" "验证码错误次数过多，请重新开始";
    CodesTooMany TOO_MANY_REQUESTS "codes_too_many" "Too many codes for this address; wait a moment" "验证码发送过于频繁，请稍后再试";
    CountryNotServed UNPROCESSABLE_ENTITY "country_not_served" "Numbers of this country get no codes here" "暂不支持向该国家或地区的号码发送验证码";
    MessagesPaused TOO_MANY_REQUESTS "messages_paused" "Messages to numbers like this are paused; use an e-mail address or wait" "暂停向此类号码发送短信，请改用邮箱或稍后再试";
    ProofOfWorkRequired FORBIDDEN "proof_of_work_required" "A proof of work is required first" "请先完成工作量证明";
    PasswordTooWeak UNPROCESSABLE_ENTITY "password_too_weak" "The password is too weak" "密码强度不足";
    DesignatedContactMissing UNPROCESSABLE_ENTITY "designated_contact_missing" "There is no verified contact of this kind" "没有该类型的已验证联系方式";
    SecurityTokensTooMany TOO_MANY_REQUESTS "security_tokens_too_many" "Too many security tokens were asked for" "申请 Token 过于频繁，请稍后再试";
    SecurityTokenOtherSession FORBIDDEN "security_token_other_session" "Activate it where you asked for it" "请在申请 Token 的会话中激活";
    SecurityTokenNotPending CONFLICT "security_token_not_pending" "The security token does not wait for activation" "该 Token 不在待激活状态";
    SecurityTokenNotActive CONFLICT "security_token_not_active" "The security token is not active" "该 Token 不在有效状态";
    SecurityTokenNotBlocked CONFLICT "security_token_not_blocked" "The security token is not blocked" "该 Token 未被锁定";
    SecurityTokensFull CONFLICT "security_tokens_full" "No more security tokens may be active at a time" "有效 Token 数量已达上限";
    SecurityTokenActivationExpired GONE "security_token_activation_expired" "The security token was not activated in time" "Token 未在限期内激活";
    AccessTokensTooMany TOO_MANY_REQUESTS "access_tokens_too_many" "Too many access tokens were asked for or are live" "申请或持有的访问令牌过多，请稍后再试";
    AccessTokenOtherSession FORBIDDEN "access_token_other_session" "Claim it where you asked for it" "请在申请访问令牌的会话中领取";
    FreezeNotYours FORBIDDEN "freeze_not_yours" "Another authority set this freeze and lifts it" "该冻结由其他机构设置，您不能解除";
    RateLimited TOO_MANY_REQUESTS "rate_limited" "Too many requests" "请求过于频繁";
    // The life of an account.
    PasswordWrong UNPROCESSABLE_ENTITY "password_wrong" "This is not the present password" "当前密码错误";
    RecoveryExpired GONE "recovery_expired" "The recovery has expired; start again" "找回流程已过期，请重新开始";
    RecoveryStep CONFLICT "recovery_step" "Another step of the recovery comes first" "请先完成找回流程的上一步";
    RecoveryClosed CONFLICT "recovery_closed" "The recovery is over" "该找回流程已结束";
    ProofNotOffered UNPROCESSABLE_ENTITY "proof_not_offered" "This proof is not asked for" "不接受该验证方式";
    OutgoingHold LOCKED "outgoing_hold" "No money goes out for a while after the account was recovered" "账号找回后的保护期内暂不能付款";
    PasswordDue FORBIDDEN "password_due" "Change the password first" "请先修改密码";
    StatementInvalid UNPROCESSABLE_ENTITY "statement_invalid" "A statement has 10 to 2,000 characters" "说明须为 10 至 2000 个字符";
    ContactTaken CONFLICT "contact_taken" "The contact belongs to somebody else by now" "该联系方式已属于他人";
    ContactLast CONFLICT "contact_last" "The last contact stays" "不能移除最后一个联系方式";
    ConfirmationNotApproved CONFLICT "confirmation_not_approved" "Nobody has said yes on the other device yet" "另一设备尚未确认";
    ConfirmationClosed CONFLICT "confirmation_closed" "The confirmation is over; start again" "该确认已结束，请重新开始";
    ClosingBlocked CONFLICT "closing_blocked" "Something stands in the way of closing the account" "存在未了结事项，暂不能注销账户";
    ClosingPhraseWrong UNPROCESSABLE_ENTITY "closing_phrase_wrong" "This is not the phrase that confirms" "确认短语不正确";
    ClosingUnderWay CONFLICT "closing_under_way" "The account is being closed already" "账户已在注销中";
    ClosingNotUnderWay CONFLICT "closing_not_under_way" "The account is not being closed" "账户未在注销中";
    ExportNotReady CONFLICT "export_not_ready" "The copy is not ready yet" "数据副本尚未就绪";
    ExportGone GONE "export_gone" "The copy was fetched or has expired" "数据副本已下载或已过期";
    VerificationStep CONFLICT "verification_step" "The verification was handed in already" "该身份验证已提交";
    TierNotAbove CONFLICT "tier_not_above" "This tier is not above the present one" "该等级不高于当前等级";
    DocumentNumberInvalid UNPROCESSABLE_ENTITY "document_number_invalid" "This is not a number of such a document" "证件号码无效";
    BirthDateInvalid UNPROCESSABLE_ENTITY "birth_date_invalid" "This is not the day of birth in the document" "出生日期与证件不符";
    IdentityTaken CONFLICT "identity_taken" "The document belongs to another account" "该证件已用于其他账户";
    FilesMissing CONFLICT "files_missing" "Pictures of the document are missing" "缺少证件照片";
    FileNotAllowed UNSUPPORTED_MEDIA_TYPE "file_not_allowed" "The file is neither JPEG, PNG nor PDF" "文件须为 JPEG、PNG 或 PDF";
    FileTooLarge PAYLOAD_TOO_LARGE "file_too_large" "The file has too many bytes or pixels" "文件过大或像素过多";
    PictureBroken UNPROCESSABLE_ENTITY "picture_broken" "The picture cannot be read" "图片无法读取";
    // The back office.
    OperatorNameInvalid BAD_REQUEST "operator_name_invalid" "A name has 3 to 32 lower-case letters, digits, dots or hyphens" "操作员名称须为 3 至 32 个小写字母、数字、点或连字符";
    OperatorNameTaken CONFLICT "operator_name_taken" "Another operator has this name" "该操作员名称已被使用";
    BootstrapClosed NOT_FOUND "bootstrap_closed" "The first account cannot be made like this" "无法以此方式创建首个操作员";
    OperatorNotAllowed FORBIDDEN "operator_not_allowed" "Your role does not allow this" "您的角色无此权限";
    CaseInvalid BAD_REQUEST "case_invalid" "Name the case this is for" "请填写案件编号";
    ReasonInvalid BAD_REQUEST "reason_invalid" "A reason has 4 to 200 characters" "请填写 4 至 200 字的理由";
    UnmasksTooMany TOO_MANY_REQUESTS "unmasks_too_many" "Too many contacts were shown in clear" "查看明文联系方式过于频繁";
    OwnRequest FORBIDDEN "own_request" "Somebody else has to do this" "须由其他操作员执行";
    StaffRequestClosed CONFLICT "staff_request_closed" "The request was decided or is over" "该申请已处理或已过期";
    SecondReviewer CONFLICT "second_reviewer" "A second reviewer must decide" "须由另一位审核员决定";
    QuietHoursInvalid UNPROCESSABLE_ENTITY "quiet_hours_invalid" "Hours of quiet are two different times of day" "免打扰时段须为两个不同的时刻";
    TimeZoneInvalid UNPROCESSABLE_ENTITY "time_zone_invalid" "This is not the name of a time zone" "时区名称无效";
    SecurityIsAlwaysTold UNPROCESSABLE_ENTITY "security_is_always_told" "Security messages cannot be turned off" "安全消息不能关闭";
    // Money.
    PayeeNotFound UNPROCESSABLE_ENTITY "payee_not_found" "Nobody can be paid under this contact or id" "未找到收款人";
    SameAccount UNPROCESSABLE_ENTITY "same_account" "Payer and payee are the same account" "付款方与收款方是同一账户";
    AccountFrozen LOCKED "account_frozen" "The account is frozen for outgoing money" "账户已冻结，暂不能付款";
    PayeeFrozen LOCKED "payee_frozen" "The payee cannot receive money now" "收款方暂不能收款";
    AccountClosed UNPROCESSABLE_ENTITY "account_closed" "The account is closed" "账户已注销";
    CurrencyMismatch UNPROCESSABLE_ENTITY "currency_mismatch" "One of the sides has no account in this currency" "付款方或收款方没有该币种的账户";
    LimitExceeded UNPROCESSABLE_ENTITY "limit_exceeded" "A limit does not allow this amount" "超出限额";
    InsufficientFunds UNPROCESSABLE_ENTITY "insufficient_funds" "There is not enough money available" "可用余额不足";
    CapExceeded UNPROCESSABLE_ENTITY "cap_exceeded" "A cap of this access token does not allow this amount" "超出该访问令牌的额度";
    AllowanceClosed UNPROCESSABLE_ENTITY "allowance_closed" "This access token pays nothing here" "该访问令牌不能用于此付款";
    NothingToChange CONFLICT "nothing_to_change" "It is so already" "已是该状态，无需更改";
    CeilingExceeded UNPROCESSABLE_ENTITY "ceiling_exceeded" "The payee's account would be too full" "超出收款账户的余额上限";
    // The ledger's own, for verbs over entries and holds.
    TooFewLegs UNPROCESSABLE_ENTITY "too_few_legs" "An entry needs at least two legs" "分录至少需要两条";
    TooManyLegs UNPROCESSABLE_ENTITY "too_many_legs" "An entry has too many legs" "分录过多";
    Unbalanced UNPROCESSABLE_ENTITY "unbalanced" "Debits and credits differ" "借贷不平衡";
    BoundsCrossed UNPROCESSABLE_ENTITY "bounds_crossed" "The floor lies above the ceiling" "余额下限高于上限";
    ExpiryPassed UNPROCESSABLE_ENTITY "expiry_passed" "The expiry is not in the future" "到期时间须晚于当前时间";
    AccountExists CONFLICT "account_exists" "There is such an account already" "该账户已存在";
    AccountNotFound NOT_FOUND "account_not_found" "No such account" "账户不存在";
    HoldNotFound NOT_FOUND "hold_not_found" "No such hold" "预授权不存在";
    EntryNotFound NOT_FOUND "entry_not_found" "No such entry" "分录不存在";
    AccountNotEmpty CONFLICT "account_not_empty" "The account still has money" "账户仍有余额";
    HoldCaptured CONFLICT "hold_captured" "The hold was captured already" "预授权已完成扣款";
    HoldVoided CONFLICT "hold_voided" "The hold was voided already" "预授权已撤销";
    HoldExpired GONE "hold_expired" "The hold has expired" "预授权已过期";
    HoldNotExpired CONFLICT "hold_not_expired" "The hold has not expired yet" "预授权尚未到期";
    AlreadyReversed CONFLICT "already_reversed" "The entry was reversed already" "该笔交易已冲正";
    ReversalIsFinal CONFLICT "reversal_is_final" "A reversal cannot be taken back" "冲正不可撤销";
    AlreadyRefunded CONFLICT "already_refunded" "Part of the entry was refunded" "该笔交易已部分退款";
    AmountExceedsHold UNPROCESSABLE_ENTITY "amount_exceeds_hold" "More than the hold has left" "超出预授权剩余金额";
    RefundExceedsPayment UNPROCESSABLE_ENTITY "refund_exceeds_payment" "More than is left to refund" "超出可退款金额";
    AmountOverflow UNPROCESSABLE_ENTITY "amount_overflow" "The sum is too large to be kept" "金额过大，无法记账";
    // The world failed.
    Internal INTERNAL_SERVER_ERROR "internal" "Something went wrong on our side" "系统内部错误";
    Overloaded SERVICE_UNAVAILABLE "overloaded" "The service is busy; try again soon" "系统繁忙，请稍后重试";
    Unavailable SERVICE_UNAVAILABLE "unavailable" "The service is not available now" "服务暂不可用";
    DeadlineExceeded SERVICE_UNAVAILABLE "deadline_exceeded" "The answer took too long" "请求处理超时";
    OutcomeUnknown SERVICE_UNAVAILABLE "outcome_unknown" "It is not known whether this was done; repeat it under the same key" "处理结果未知，请用相同的幂等键重试";
    StorageFull INSUFFICIENT_STORAGE "storage_full" "The service cannot store more now" "存储空间不足，暂不能写入";
}

impl Code {
    /// What this answer says about the effect of a write.
    pub const fn effect(self) -> Effect {
        match self {
            Self::Internal | Self::OutcomeUnknown => Effect::Unknown,
            _ => Effect::NotApplied,
        }
    }

    /// True if the same request may succeed later without being changed.
    pub const fn is_retryable(self) -> bool {
        matches!(
            self,
            Self::RequestInProgress
                | Self::BodyTimeout
                | Self::CodesTooMany
                | Self::MessagesPaused
                | Self::SecurityTokensTooMany
                | Self::AccessTokensTooMany
                | Self::TriesTooMany
                | Self::UnmasksTooMany
                | Self::RateLimited
                | Self::Overloaded
                | Self::Unavailable
                | Self::DeadlineExceeded
                | Self::OutcomeUnknown
                | Self::StorageFull
        )
    }

    /// Seconds after which a repeat is worth the trouble, where the cause does not say better.
    pub(super) const fn retry_after(self) -> Option<i64> {
        match self.status().as_u16() {
            429 => Some(60),
            503 => Some(1),
            _ if matches!(self, Self::RequestInProgress) => Some(1),
            _ => None,
        }
    }
}
