# The words of every message. The names of { $... } are those of zh-CN.ftl; what carries a code or a
# Token fits one SMS (160 characters of GSM 03.38).

-app = Tael

envelope = { -app }: { $body }

registration-code = { $code } is your code to open an account, valid for { $minutes } minutes. Never share it; nobody from us asks for it.
    .title = Your code to register

factor-code-sign-in = { $code } is your code to sign in, valid for { $minutes } minutes. Never share it; nobody from us asks for it.
    .title = Your code to sign in

factor-code-payment = { $code } is your code to pay, valid for { $minutes } minutes. Never share it; nobody from us asks for it.
    .title = Your code to pay

factor-code-payment-of = { $code } is your code to pay ({ $about }), valid for { $minutes } minutes. Never share it.
    .title = Your code to pay

factor-code-security = { $code } is your code for a change to your account, valid for { $minutes } minutes. Never share it; nobody from us asks for it.
    .title = Your security code

registration-attempt = Somebody tried to register with this address, and you have an account already. If it was you, just sign in; if not, there is nothing to do, your account is unchanged.
    .title = Somebody tried to register with your address

welcome = Your account is open. Ask for a Token under Security → Token; once activated, it authorises your payments.
    .title = Welcome

security-token = { $token } is your Token. Activate it within { $minutes } minutes where you asked for it; it authorises your transactions. Never share it.
    .title = Your Token

freeze-code = { $code } freezes your account's payments, valid for { $minutes } minutes. If this was not you, ignore it and share it with nobody.
    .title = Your code to freeze

access-token-claim = { $code } claims an access token for a program within { $minutes } minutes. If this was not you, freeze your account now and share it with nobody.
    .title = Claim your access token

recovery-code = { $code } is your code to get back into your account, valid for { $minutes } minutes. If you did not ask for it, share it with nobody.
    .title = Your code to recover your account

contact-code = { $code } is your code to add this address to your account, valid for { $minutes } minutes. Never share it; nobody from us asks for it.
    .title = Your code for this address

contact-agreement = { $code } confirms the change of your contact at once, valid for { $minutes } minutes. If this was not you, share it with nobody and freeze your account now.
    .title = Confirm the change of your contact

contact-detached = { $masked } was proven by somebody else who receives its messages, and is no longer part of your account. If it still is yours, contact us now.
    .title = Contact removed

password-compromised = Your password stands in a list of leaked passwords. Until you change it under Security → Password, no money goes out of your account.
    .title = Change your password

closing-canceled = Your account stays open.
    .title = Closing canceled

closed = Your account is closed and your personal data is deleted; only what the law requires is kept, sealed.
    .title = Account closed

verification-approved = Your documents were reviewed and approved.
    .title = Identity verified

verification-refused = Your documents were reviewed and not approved; you may submit them again.
    .title = Identity not verified

# What an in-app message says once the Token in it is of no more use.
redacted = This message carried a Token, which is not shown any more.

# What changed in an account; each ends with the link to say that it was somebody else.
not-me = { $sentence } If this was not you, open this now: { $link }

account-frozen = Your account is frozen: no payment leaves it. Your money is safe; receiving and viewing go on unless restricted too. To go on, sign in and lift the freeze under Security.
    .title = Account frozen

freeze-lifted = A freeze of your account was lifted.
    .title = Freeze lifted

access-token-claimed = The access token “{ $name }” was claimed; a program may act for you within its scopes and caps.
    .title = Access token claimed

access-token-revoked = The access token “{ $name }” was revoked.
    .title = Access token revoked

limit-raised = You raised your own payment limit or the caps of an access token.
    .title = Limit raised

security-token-activated = A new Token is active.
    .title = Token activated

security-token-blocked = Your Token was blocked after several wrong tries and authorises nothing any more.
    .title = Token blocked

security-token-canceled = Your Token was canceled and authorises nothing any more.
    .title = Token canceled

new-device = Your account was signed in to on a new device: { $device }.
    .title = New device

device-removed = A device was removed from your account and signed out.
    .title = Device removed

sign-in-blocked = Somebody tried to sign in with the right password and was blocked, since too many wrong ones came before.
    .title = Sign-in blocked

second-step-failed = Somebody entered your right password and failed the second step.
    .title = Second step failed

totp-activated = From now on signing in asks for a code of your authenticator app.
    .title = Authenticator app activated

totp-removed = Signing in does not ask for a code of your authenticator app any more.
    .title = Authenticator app removed

sms-enabled = From now on signing in asks for a code by SMS.
    .title = Codes by SMS turned on

sms-disabled = Signing in does not ask for a code by SMS any more.
    .title = Codes by SMS turned off

recovery-codes-replaced = A new set of recovery codes was made; earlier ones are void.
    .title = New recovery codes

recovery-code-used = One of your recovery codes was used; { $left } are left.
    .title = Recovery code used

pin-set = Your payment PIN was set.
    .title = PIN set

pin-changed = Your payment PIN was changed.
    .title = PIN changed

pin-reset = Your payment PIN was reset.
    .title = PIN reset

pin-locked = Your payment PIN is locked for a while after several wrong tries.
    .title = PIN locked

pin-void = Your payment PIN is void after too many wrong tries; reset it.
    .title = PIN void

security-token-blocked-by-owner = One of your Tokens was blocked and authorises nothing until it is unblocked.
    .title = Token blocked

security-token-unblocked = One of your Tokens was unblocked and authorises transactions again.
    .title = Token unblocked

password-changed = Your password was changed and you were signed out everywhere else.
    .title = Password changed

recovered = Your account was recovered and signed out everywhere; no money goes out for a while.
    .title = Account recovered

review-asked = Somebody asked for a review to recover your account.
    .title = Somebody asks to recover your account

contact-added = { $masked } becomes a contact of your account after a waiting time.
    .title = Your contacts change

contact-applied = { $masked } is a contact of your account from now on.
    .title = Contact added

contact-removed = { $masked } is no contact of your account any more.
    .title = Contact removed

contact-designated = Security messages go to { $masked } from now on.
    .title = Security messages go elsewhere

closing-begun = You asked to close your account; it will be closed on { $date }. Sign in and cancel before then to keep it.
    .title = Your account will be closed

export-ready = The copy of your data that you asked for can be downloaded once within 24 hours.
    .title = The copy of your data is ready

passkey-added = A passkey was added to your account: { $name }.
    .title = Passkey added

passkey-removed = A passkey was removed from your account.
    .title = Passkey removed
