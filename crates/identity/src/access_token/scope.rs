use std::fmt;

macro_rules! scopes {
    ($($(#[$doc:meta])* $name:ident = $code:literal;)*) => {
        /// What a program may do; everything else it may not.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Scope { $($(#[$doc])* $name),* }

        impl Scope {
            /// Every scope.
            pub const ALL: &'static [Self] = &[$(Self::$name),*];

            /// `resource:verb`, as stored and as shown in the API.
            pub const fn code(self) -> &'static str {
                match self { $(Self::$name => $code),* }
            }
        }
    };
}

scopes! {
    WalletRead = "wallet:read";
    TransactionsRead = "transactions:read";
    TransfersCreate = "transfers:create";
    TopUpsCreate = "top_ups:create";
    ReceiptsRead = "receipts:read";
    InboxRead = "inbox:read";
    ProfileRead = "profile:read";
    StreamRead = "stream:read";
}

impl Scope {
    /// Reads [`Scope::code`].
    pub fn from_code(code: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|scope| scope.code() == code)
    }
}

impl fmt::Display for Scope {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.code())
    }
}

/// A set of scopes.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Scopes(Vec<Scope>);

impl Scopes {
    /// In the order of the list, each once.
    pub fn new(mut scopes: Vec<Scope>) -> Self {
        scopes.sort_unstable();
        scopes.dedup();
        Self(scopes)
    }

    pub fn contains(&self, scope: Scope) -> bool {
        self.0.contains(&scope)
    }

    pub const fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub fn codes(&self) -> impl Iterator<Item = &'static str> {
        self.0.iter().map(|scope| scope.code())
    }

    pub(super) fn to_text(&self) -> String {
        self.codes().collect::<Vec<_>>().join(" ")
    }

    pub(super) fn from_text(text: &str) -> Option<Self> {
        let scopes: Option<Vec<Scope>> = text.split_whitespace().map(Scope::from_code).collect();
        scopes.map(Self::new)
    }
}
