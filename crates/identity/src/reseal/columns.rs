//! Every column that holds sealed values. One that is missing here would be left behind by a
//! rotation and survive a shredded key; a test compares this list with the schema.

use db::{Fault, Read, Row, Sql, Tx, Value, params};
use vocab::UserId;

use crate::keys::Purpose;

/// A column of sealed values.
#[derive(Clone, Copy, Debug)]
pub struct Column {
    /// `table.column`.
    pub task: &'static str,
    pub(super) purpose: Purpose,
    key: Key,
    context: Context,
    after: Sql,
    of_person: Option<Sql>,
    replace: Sql,
}

/// What a walk goes along.
#[derive(Clone, Copy, Debug)]
enum Key {
    Int,
    Text,
    Blob,
    /// As the others, but a few rows share one: never more than [`GROUP_MOST`].
    IntOfGroup,
    TextOfGroup,
}

/// More rows than any one person has under one key: ten recovery codes, five passwords.
const GROUP_MOST: i64 = 32;

/// What a value is bound to, made from one or two columns.
#[derive(Clone, Copy, Debug)]
enum Context {
    Int,
    Text,
    Blob,
    /// The name of the thing with this id.
    Name,
    /// A person's authenticator or PIN.
    Totp,
    Pin,
    /// Two columns: whose it is, and which.
    RecoveryCode,
    /// The id of a credential.
    Material,
    /// Two columns: what for, and for whom.
    Challenge,
}

/// A value where it lies.
pub(super) struct SealedRow {
    key: Value,
    pub(super) owner: Option<UserId>,
    pub(super) sealed: Vec<u8>,
    pub(super) context: Vec<u8>,
}

/// Some rows of a walk.
pub(super) struct Part {
    pub(super) rows: Vec<SealedRow>,
    /// Nothing comes after them.
    pub(super) is_end: bool,
}

/// The key, the owner, the value and what it is bound to, of some rows.
macro_rules! select {
    ($table:literal, $column:literal, $key:literal, $of:literal, $context:literal,
        where $($which:literal),+) => {
        db::sql!(concat!(
            "SELECT ", $key, ", ", $of, ", ", $column, ", ", $context, " FROM ", $table,
            " WHERE ", $column, " IS NOT NULL AND ", $($which),+
        ))
    };
}

macro_rules! replace {
    ($table:literal, $column:literal, $key:literal) => {
        db::sql!(concat!(
            "UPDATE ",
            $table,
            " SET ",
            $column,
            " = $3 WHERE ",
            $key,
            " = $1 AND ",
            $column,
            " = $2"
        ))
    };
}

/// `table.column (purpose) by key: its kind, bound to columns: what is made of them`, then whose
/// it is.
macro_rules! columns {
    ($(
        $table:literal . $column:literal ($purpose:ident) by $key:literal: $key_kind:ident,
        bound to $context:literal: $context_kind:ident $(, of $of:literal)?;
    )*) => {
        /// All of them, in the order in which they are sealed anew.
        pub const COLUMNS: &[Column] = &[$(Column {
            task: concat!($table, ".", $column),
            purpose: Purpose::$purpose,
            key: Key::$key_kind,
            context: Context::$context_kind,
            after: columns!(@after $table, $column, $key, $context $(, $of)?),
            of_person: columns!(@of_person $table, $column, $key, $context $(, $of)?),
            replace: replace!($table, $column, $key),
        }),*];
    };
    (@after $table:literal, $column:literal, $key:literal, $context:literal, $of:literal) => {
        select!($table, $column, $key, $of, $context,
            where $key, " > $1 ORDER BY ", $key, " LIMIT $2")
    };
    (@after $table:literal, $column:literal, $key:literal, $context:literal) => {
        columns!(@after $table, $column, $key, $context, "CAST(NULL AS BIGINT)")
    };
    (@of_person $table:literal, $column:literal, $key:literal, $context:literal, $of:literal) => {
        Some(select!($table, $column, $key, $of, $context, where $of, " = $1"))
    };
    (@of_person $table:literal, $column:literal, $key:literal, $context:literal) => {
        None
    };
}

columns! {
    "user_keys"."key_sealed" (PersonKey) by "user_id": Int, bound to "user_id": Int;

    // A person's own.
    "users"."name_sealed" (Name) by "id": Int, bound to "id": Int, of "id";
    "contacts"."contact_sealed" (Contact) by "contact_index": Blob,
        bound to "contact_index": Blob, of "user_id";
    "contact_changes"."contact_sealed" (Contact) by "id": Text,
        bound to "contact_index": Blob, of "user_id";
    "contact_changes"."old_sealed" (Contact) by "id": Text,
        bound to "old_index": Blob, of "user_id";
    "passwords"."verifier_sealed" (Password) by "user_id": Int, bound to "user_id": Int,
        of "user_id";
    "password_history"."verifier_sealed" (Password) by "user_id": IntOfGroup,
        bound to "user_id": Int, of "user_id";
    "totps"."secret_sealed" (Factor) by "user_id": Int, bound to "user_id": Totp, of "user_id";
    "pins"."verifier_sealed" (Factor) by "user_id": Int, bound to "user_id": Pin, of "user_id";
    "recovery_codes"."verifier_sealed" (Factor) by "user_id": IntOfGroup,
        bound to "user_id, selector": RecoveryCode, of "user_id";
    "passkeys"."name_sealed" (Factor) by "id": Text, bound to "id": Name, of "user_id";
    "passkeys"."material_sealed" (Factor) by "id": Text,
        bound to "credential_hash": Material, of "user_id";
    "devices"."seen_sealed" (Device) by "id": Text, bound to "id": Text, of "user_id";
    "devices"."name_sealed" (Device) by "id": Text, bound to "id": Name, of "user_id";
    "sessions"."device_sealed" (Device) by "id": Text, bound to "id": Text, of "user_id";
    "sessions"."name_sealed" (Device) by "id": Text, bound to "id": Name, of "user_id";
    "sign_in_tickets"."device_sealed" (Device) by "ticket_hash": Blob,
        bound to "ticket_hash": Blob, of "user_id";
    "security_tokens"."delivered_to_sealed" (Contact) by "id": Text, bound to "id": Text,
        of "user_id";
    "security_tokens"."name_sealed" (Device) by "id": Text, bound to "id": Name, of "user_id";
    "access_tokens"."sealed" (AccessToken) by "id": Text, bound to "id": Text, of "user_id";
    "inbox_messages"."body_sealed" (Inbox) by "id": Text, bound to "id": Text, of "user_id";
    "exports"."body_sealed" (Export) by "id": Text, bound to "id": Text, of "user_id";
    "closings"."reason_sealed" (Statement) by "user_id": Int, bound to "user_id": Int,
        of "user_id";
    // What somebody said about themselves; why operators, rules and the law froze is the house's.
    "freezes"."reason_sealed" (Freeze) by "id": Text, bound to "id": Text,
        of "CASE WHEN set_by = 'self' THEN user_id END";

    // The law asks for these after their owner has left.
    "verifications"."claim_sealed" (Identity) by "id": Text, bound to "id": Text;
    "verification_files"."body_sealed" (Document) by "id": Text, bound to "id": Text;

    // The house's own.
    "operators"."password_sealed" (OperatorPassword) by "id": Text, bound to "id": Text;
    "operators"."totp_sealed" (OperatorTotp) by "id": Text, bound to "id": Text;
    "staff_requests"."reason_sealed" (StaffReason) by "id": Text, bound to "id": Text;

    // On their way for minutes and gone after a day: they must still leave when their owner has.
    "outbox_messages"."body_sealed" (Outbox) by "id": Text, bound to "id": Text;
    "outbox_messages"."contact_sealed" (Contact) by "id": Text, bound to "contact_index": Blob;
    "sandbox_messages"."body_sealed" (Sandbox) by "id": Text, bound to "id": Text;

    // From people who have not proven yet who they are; the same for known and unknown.
    "registrations"."contact_sealed" (Contact) by "id": Text, bound to "contact_index": Blob;
    "recoveries"."contact_sealed" (Contact) by "id": Text, bound to "contact_index": Blob;
    "recovery_cases"."contact_sealed" (Contact) by "id": Text, bound to "contact_index": Blob;
    "recovery_cases"."statement_sealed" (Statement) by "id": Text, bound to "id": Text;
    "device_confirmations"."device_sealed" (Device) by "id": Text, bound to "id": Text;
    "passkey_challenges"."state_sealed" (Factor) by "subject": TextOfGroup,
        bound to "purpose, subject": Challenge;
}

impl Column {
    /// The next rows of a walk. Those that share a key come together or not at all.
    pub(super) fn after(
        &self,
        read: &mut impl Read,
        cursor: &str,
        most: i64,
    ) -> Result<Part, Fault> {
        let most = match self.key {
            Key::Int | Key::Text | Key::Blob => most,
            Key::IntOfGroup | Key::TextOfGroup => most.max(GROUP_MOST + 1),
        };
        let values = [self.key.start(cursor)?, Value::from(most)];
        let mut rows = read.query(self.after, &values, |row| self.stored(row))?;
        let is_end = i64::try_from(rows.len()).is_ok_and(|count| count < most);
        if !is_end && matches!(self.key, Key::IntOfGroup | Key::TextOfGroup) {
            let last = rows.last().map(|row| row.key.clone());
            let whole = rows
                .iter()
                .take_while(|row| Some(&row.key) != last.as_ref());
            rows.truncate(whole.count());
        }
        Ok(Part { rows, is_end })
    }

    /// Everything of a person. Nothing, if the values belong to nobody.
    pub(super) fn of_person(
        &self,
        read: &mut impl Read,
        user: UserId,
    ) -> Result<Vec<SealedRow>, Fault> {
        match self.of_person {
            Some(sql) => read.query(sql, &params![user.raw()], |row| self.stored(row)),
            None => Ok(Vec::new()),
        }
    }

    /// `false` if it is not any more what was read.
    pub(super) fn replace(
        &self,
        tx: &mut Tx<'_>,
        row: &SealedRow,
        renewed: Vec<u8>,
    ) -> Result<bool, Fault> {
        let values = params![row.key.clone(), row.sealed.as_slice(), renewed];
        Ok(tx.execute(self.replace, &values)? == 1)
    }

    fn stored(&self, row: &Row<'_>) -> Result<SealedRow, Fault> {
        Ok(SealedRow {
            key: self.key.value(row)?,
            owner: row.opt_int(1)?.map(UserId::from_raw),
            sealed: row.blob(2)?.to_vec(),
            context: self.context.bytes(row)?,
        })
    }
}

pub(crate) fn statements_of(column: &Column) -> Vec<Sql> {
    let rest = [column.after, column.replace];
    column.of_person.into_iter().chain(rest).collect()
}

impl SealedRow {
    /// Where a walk goes on after this row.
    pub(super) fn cursor(&self) -> String {
        match &self.key {
            Value::Int(number) => number.to_string(),
            Value::Text(text) => text.clone(),
            Value::Blob(bytes) => bytes.iter().map(|byte| format!("{byte:02x}")).collect(),
            Value::Null => String::new(),
        }
    }
}

impl Key {
    fn value(self, row: &Row<'_>) -> Result<Value, Fault> {
        Ok(match self {
            Self::Int | Self::IntOfGroup => Value::from(row.int(0)?),
            Self::Text | Self::TextOfGroup => Value::from(row.text(0)?),
            Self::Blob => Value::from(row.blob(0)?),
        })
    }

    /// The key after which a walk goes on; before everything for an empty cursor.
    fn start(self, cursor: &str) -> Result<Value, Fault> {
        let lost = || Fault::corrupt("a walk's cursor is malformed");
        Ok(match self {
            Self::Int | Self::IntOfGroup if cursor.is_empty() => Value::from(i64::MIN),
            Self::Int | Self::IntOfGroup => Value::from(cursor.parse::<i64>().map_err(|_| lost())?),
            Self::Text | Self::TextOfGroup => Value::from(cursor),
            Self::Blob => Value::from(bytes(cursor).ok_or_else(lost)?),
        })
    }
}

impl Context {
    /// What the rooms bind their values to, from the columns after the sealed one.
    fn bytes(self, row: &Row<'_>) -> Result<Vec<u8>, Fault> {
        let user = || Ok::<_, Fault>(UserId::from_raw(row.int(3)?));
        Ok(match self {
            Self::Int => row.int(3)?.to_be_bytes().to_vec(),
            Self::Text => row.text(3)?.as_bytes().to_vec(),
            Self::Blob => row.blob(3)?.to_vec(),
            Self::Name => format!("{} name", row.text(3)?).into_bytes(),
            Self::Totp => crate::totp::context(user()?),
            Self::Pin => crate::pin::context(user()?),
            Self::RecoveryCode => crate::recovery_code::context(user()?, row.text(4)?),
            Self::Material => crate::passkey::material_context(row.blob(3)?),
            Self::Challenge => crate::passkey::challenge_context(row.text(3)?, row.text(4)?),
        })
    }
}

fn bytes(hex: &str) -> Option<Vec<u8>> {
    let places = (0..hex.len()).step_by(2);
    places
        .map(|place| u8::from_str_radix(hex.get(place..place + 2)?, 16).ok())
        .collect()
}
