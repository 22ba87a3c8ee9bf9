use std::borrow::Cow;

use super::Json;
use crate::problem::{Code, FieldError, shortened};

/// More wrong fields than this are not worth telling.
const ERRORS_MOST: usize = 20;

/// Where in the body we are and what was wrong so far.
#[derive(Debug, Default)]
pub(crate) struct Reading {
    pointer: String,
    errors: Vec<FieldError>,
}

/// A value that can be read from JSON. A `None` means that the reading says why.
pub(crate) trait FromJson: Sized {
    fn from_json(json: &Json<'_>, reading: &mut Reading) -> Option<Self>;

    /// What an absent field means.
    fn absent(reading: &mut Reading) -> Option<Self> {
        reading.refuse(Code::MissingField, "this field is required")
    }
}

/// Null and absent are the same.
impl<T: FromJson> FromJson for Option<T> {
    fn from_json(json: &Json<'_>, reading: &mut Reading) -> Option<Self> {
        if *json == Json::Null {
            Some(None)
        } else {
            T::from_json(json, reading).map(Some)
        }
    }

    fn absent(_: &mut Reading) -> Option<Self> {
        Some(None)
    }
}

impl FromJson for bool {
    fn from_json(json: &Json<'_>, reading: &mut Reading) -> Option<Self> {
        match json {
            Json::Bool(value) => Some(*value),
            _ => reading.refuse(Code::InvalidField, "must be true or false"),
        }
    }
}

impl FromJson for i64 {
    fn from_json(json: &Json<'_>, reading: &mut Reading) -> Option<Self> {
        match json {
            Json::Whole(number) => Some(*number),
            _ => reading.refuse(Code::InvalidField, "must be a whole number"),
        }
    }
}

impl Reading {
    pub(crate) fn into_errors(self) -> Vec<FieldError> {
        self.errors
    }

    /// Notes that the value here is wrong.
    pub(crate) fn refuse<T>(
        &mut self,
        code: Code,
        detail: impl Into<Cow<'static, str>>,
    ) -> Option<T> {
        if self.errors.len() < ERRORS_MOST {
            let param = shortened(self.pointer.clone());
            self.errors.push(FieldError {
                code,
                param,
                detail: detail.into(),
            });
        }
        None
    }

    /// The text here; NUL is refused, since not every store can keep it.
    pub(crate) fn text<'j>(&mut self, json: &'j Json<'_>) -> Option<&'j str> {
        match json {
            Json::Text(text) if text.contains('\0') => {
                self.refuse(Code::InvalidField, "must not contain NUL")
            }
            Json::Text(text) => Some(text),
            _ => self.refuse(Code::InvalidField, "must be a string"),
        }
    }

    /// The fields of an object with no other names than `known`; a stranger is noted first.
    pub(crate) fn object<'j, 'a>(
        &mut self,
        json: &'j Json<'a>,
        known: &[&str],
    ) -> Option<&'j [(Cow<'a, str>, Json<'a>)]> {
        let Json::Object(fields) = json else {
            return self.refuse(Code::InvalidField, "must be an object");
        };
        for (name, _) in fields {
            if !known.contains(&name.as_ref()) {
                self.inside(name, |reading| {
                    reading.refuse::<()>(Code::UnknownField, "this field is not known here")
                });
            }
        }
        Some(fields)
    }

    /// One field of an object.
    pub(crate) fn field<T: FromJson>(
        &mut self,
        fields: &[(Cow<'_, str>, Json<'_>)],
        name: &str,
    ) -> Option<T> {
        let mut found = fields
            .iter()
            .filter(|(key, _)| key == name)
            .map(|(_, value)| value);
        let first = found.next();
        let is_twice = found.next().is_some();
        self.inside(name, |reading| match first {
            Some(_) if is_twice => {
                reading.refuse(Code::DuplicateField, "this field is given more than once")
            }
            Some(value) => T::from_json(value, reading),
            None => T::absent(reading),
        })
    }

    fn inside<T>(&mut self, name: &str, read: impl FnOnce(&mut Self) -> T) -> T {
        let depth = self.pointer.len();
        self.pointer.push('/');
        if name.contains(['~', '/']) {
            self.pointer
                .push_str(&name.replace('~', "~0").replace('/', "~1"));
        } else {
            self.pointer.push_str(name);
        }
        let result = read(self);
        self.pointer.truncate(depth);
        result
    }
}

/// A body and how it is read: each field by its own type, nothing else beside them.
macro_rules! body {
    ($(#[$doc:meta])* $vis:vis struct $name:ident {
        $($(#[$field_doc:meta])* $field:ident: $type:ty),* $(,)?
    }) => {
        #[derive(Debug, utoipa::ToSchema)]
        $(#[$doc])*
        #[serde(deny_unknown_fields)]
        $vis struct $name { $($(#[$field_doc])* $field: $type),* }

        impl $crate::json::FromJson for $name {
            fn from_json(
                json: &$crate::json::Json<'_>,
                reading: &mut $crate::json::Reading,
            ) -> Option<Self> {
                let fields = reading.object(json, &[$(stringify!($field)),*])?;
                $(let $field = reading.field::<$type>(fields, stringify!($field));)*
                Some(Self { $($field: $field?),* })
            }
        }
    };
}
pub(crate) use body;
