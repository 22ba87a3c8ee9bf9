# 每条消息的文字。{ $... } 的名称与 en.ftl 相同；含验证码或 Token 的文字不超过一条短信（70 字）。

-app = Tael

envelope = 【{ -app }】{ $body }

registration-code = 您的注册验证码是 { $code }，{ $minutes } 分钟内有效，仅用于开通账户。请勿告诉任何人，我们不会向您索要。
    .title = 注册验证码

factor-code-sign-in = { $code } 是您本次登录的验证码，{ $minutes } 分钟内有效。请勿告诉任何人，我们不会向您索要。
    .title = 登录验证码

factor-code-payment = { $code } 是您本次付款的验证码，{ $minutes } 分钟内有效。请勿告诉任何人，我们不会向您索要。
    .title = 付款验证码

factor-code-payment-of = { $code } 是您本次付款（{ $about }）的验证码，{ $minutes } 分钟内有效。请勿告诉任何人。
    .title = 付款验证码

factor-code-security = { $code } 是您本次账户安全操作的验证码，{ $minutes } 分钟内有效。请勿告诉任何人，我们不会向您索要。
    .title = 安全验证码

registration-attempt = 有人尝试用此联系方式注册，而您已有账户。如果是您本人，请直接登录；如果不是，无需操作，您的账户没有变化。
    .title = 有人尝试用您的联系方式注册

welcome = 您的账户已开通。请在「安全设置 → Token设置」申请 Token，激活后即可用于付款。
    .title = 欢迎使用

security-token = 您的 Token 是 { $token }，请在 { $minutes } 分钟内于申请处激活，用于授权交易。切勿告诉任何人。
    .title = 您的 Token

freeze-code = 您的冻结验证码是 { $code }，{ $minutes } 分钟内有效，仅用于冻结账户付款。非本人操作请忽略，切勿告诉任何人。
    .title = 冻结验证码

access-token-claim = 您的领取码是 { $code }，{ $minutes } 分钟内有效，用于领取访问令牌。非本人操作请立即冻结账户，切勿告诉任何人。
    .title = 领取访问令牌

recovery-code = 您的找回账号验证码是 { $code }，{ $minutes } 分钟内有效，仅用于找回账号。非本人操作请勿告诉任何人。
    .title = 找回账号验证码

contact-code = 您的验证码是 { $code }，{ $minutes } 分钟内有效，用于绑定此联系方式。请勿告诉任何人，我们不会向您索要。
    .title = 联系方式验证码

contact-agreement = 您正在更换联系方式，确认码 { $code }（{ $minutes } 分钟内有效）输入后立即生效。非本人操作请勿告诉任何人，并立即冻结账户。
    .title = 确认更换联系方式

contact-detached = { $masked } 已由能收到其消息的另一人验证，不再与您的账户绑定。如果这仍是您的联系方式，请立即联系我们。
    .title = 联系方式已解除绑定

password-compromised = 您的密码已出现在外泄的密码名单中。修改密码之前，您的账户暂不能付款。请到「安全设置 → 登录密码」修改。
    .title = 请更换密码

closing-canceled = 您的账户注销申请已取消，账户继续有效。
    .title = 注销已取消

closed = 您的账户已注销，个人数据已删除，仅依法保留必须留存的记录。
    .title = 账户已注销

verification-approved = 您的身份资料已通过审核。
    .title = 身份验证已通过

verification-refused = 您的身份资料未通过审核，您可以重新提交。
    .title = 身份验证未通过

# 站内消息中的 Token 失效后显示的文字。
redacted = 此消息曾包含一个 Token，已不再显示。

# 账户变化的通知，结尾附上「不是我」的链接。
not-me = { $sentence }如果不是您本人操作，请立即打开：{ $link }

account-frozen = 您的账户已冻结，暂不能付款；资金安全，收款与查看不受影响（除非另行限制）。如需恢复，请登录后在「安全设置」解除冻结。
    .title = 账户已冻结

freeze-lifted = 您账户的一项冻结已解除。
    .title = 冻结已解除

access-token-claimed = 访问令牌「{ $name }」已领取，程序可在其权限与额度内代您操作。
    .title = 访问令牌已领取

access-token-revoked = 访问令牌「{ $name }」已吊销。
    .title = 访问令牌已吊销

limit-raised = 您提高了自己的付款限额或访问令牌的额度。
    .title = 限额已提高

security-token-activated = 一个新的 Token 已激活。
    .title = Token 已激活

security-token-blocked = 您的 Token 因多次输入错误已被锁定，不能再授权交易。
    .title = Token 已锁定

security-token-canceled = 您的 Token 已取消，不能再授权交易。
    .title = Token 已取消

new-device = 您的账户刚在新设备上登录：{ $device }。
    .title = 新设备登录

device-removed = 一台设备已从您的账户移除，其登录已失效。
    .title = 设备已移除

sign-in-blocked = 有人用正确的密码尝试登录，但因此前多次输错已被暂时阻止。
    .title = 登录被暂时阻止

second-step-failed = 有人输入了您的正确密码，但未通过第二步验证。
    .title = 登录第二步失败

totp-activated = 登录时将需要验证器应用中的动态码。
    .title = 验证器已启用

totp-removed = 登录时不再需要验证器应用中的动态码。
    .title = 验证器已移除

sms-enabled = 登录时可使用短信验证码。
    .title = 短信验证已启用

sms-disabled = 登录时不再使用短信验证码。
    .title = 短信验证已关闭

recovery-codes-replaced = 已为您生成一组新的恢复码，之前的已作废。
    .title = 恢复码已生成

recovery-code-used = 您的一个恢复码已被使用，还剩 { $left } 个。
    .title = 恢复码已使用

pin-set = 您的支付密码已设置。
    .title = 支付密码已设置

pin-changed = 您的支付密码已修改。
    .title = 支付密码已修改

pin-reset = 您的支付密码已重置。
    .title = 支付密码已重置

pin-locked = 您的支付密码因多次输入错误已暂时锁定。
    .title = 支付密码已锁定

pin-void = 您的支付密码因多次输入错误已失效，请重置。
    .title = 支付密码已失效

security-token-blocked-by-owner = 您的一个 Token 已被冻结，不能再授权交易。
    .title = Token 已冻结

security-token-unblocked = 您的一个 Token 已解冻，可以再次授权交易。
    .title = Token 已解冻

password-changed = 您的登录密码已修改，其他登录均已退出。
    .title = 密码已修改

recovered = 您的账号已通过找回流程恢复，所有登录均已退出，一段时间内不能向外付款。
    .title = 账号已找回

review-asked = 有人申请人工审核以找回您的账号。
    .title = 有人申请人工找回您的账号

contact-added = { $masked } 将在等待期后成为您账户的联系方式。
    .title = 联系方式变更

contact-applied = { $masked } 现在是您账户的联系方式。
    .title = 联系方式已生效

contact-removed = { $masked } 已不再是您账户的联系方式。
    .title = 联系方式已移除

contact-designated = 安全消息今后发送至 { $masked }。
    .title = 安全联系方式已变更

closing-begun = 您已申请注销账户，账户将于 { $date } 注销。在此之前登录并取消即可保留账户。
    .title = 账户将注销

export-ready = 您申请的个人数据副本已就绪，可在 24 小时内下载一次。
    .title = 个人数据副本已就绪

passkey-added = 已为您的账户添加通行密钥：{ $name }。
    .title = 通行密钥已添加

passkey-removed = 您账户的一个通行密钥已移除。
    .title = 通行密钥已移除
