//! A receipt as a file: everything to check it offline, in JSON. Written for the API, read again by
//! whoever verifies; what is read back is the same [`Receipt`], bit for bit.

use ledger::{
    Link, Origin, Rest, Side,
    proof::{After, Head, PublicKey, Receipt, ReceiptPosting, Section, SignedHead},
};
use payments::Code;
use serde::{Deserialize, Serialize};
use thiserror::Error;
use utoipa::ToSchema;
use vocab::{Currency, RecordId, UserId};

use crate::{hex::Hex, json::AmountView, query::moment};

/// Why a text is no receipt.
#[derive(Debug, Error)]
pub enum ReceiptTextError {
    #[error("not the JSON of a receipt: {0}")]
    Json(#[from] serde_json::Error),
    #[error("not a receipt: {0} cannot be read")]
    Field(&'static str),
}

/// Reads the JSON of a receipt. Whether it proves anything is for [`Receipt::verify`] to say.
pub fn parse(text: &str) -> Result<Receipt, ReceiptTextError> {
    serde_json::from_str::<ReceiptView>(text)?.read()
}

/// Writes a receipt exactly as the API answers it: of all texts that say the same, the one.
pub fn print(receipt: &Receipt) -> String {
    serde_json::to_string(&ReceiptView::from(receipt))
        .expect("strings, integers and lists always have a JSON form")
}

/// A receipt with its proof.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = Receipt)]
pub(crate) struct ReceiptView {
    /// The record, as its kind shows it: `trf_…`.
    id: String,
    /// RFC 3339 with microseconds.
    created_at: String,
    /// The number of the kind of entry, as it was hashed.
    code: u16,
    link: LinkView,
    postings: Vec<PostingView>,
    /// Who asked, and under which key; shown to them alone.
    origin: SectionView<Option<OriginView>>,
    /// The SHA-256 of the names and the note.
    #[schema(value_type = SectionView<Option<String>>)]
    memo: SectionView<Option<Hex<32>>>,
    /// The record's place in its block, from 0.
    index: u32,
    /// The siblings from its leaf up to the root.
    #[schema(value_type = Vec<String>)]
    path: Vec<Hex<32>>,
    head: HeadView,
}

#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = ReceiptPosting)]
struct PostingView {
    account: String,
    /// `debit` or `credit`.
    side: String,
    amount: AmountView,
    currency: String,
    /// What came of the account; shown to its owner alone.
    after: SectionView<AfterView>,
}

#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = ReceiptAfter)]
struct AfterView {
    version: i64,
    posted: AmountView,
}

#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = ReceiptOrigin)]
struct OriginView {
    caller: String,
    route: u8,
    key: String,
    #[schema(value_type = String)]
    request: Hex<16>,
    reference: Option<String>,
}

/// A private part: shown with the salt that proves it, or only its commitment.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(untagged)]
enum SectionView<T> {
    Revealed {
        #[schema(value_type = String)]
        salt: Hex<16>,
        content: T,
    },
    Hidden {
        #[schema(value_type = String)]
        commitment: Hex<32>,
    },
}

/// What an entry goes back to.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
#[schema(as = ReceiptLink)]
enum LinkView {
    None,
    Reversal {
        of: String,
    },
    Refund {
        of: String,
        amount: AmountView,
    },
    Capture {
        of: String,
        amount: AmountView,
        is_rest_kept: bool,
    },
}

/// A signed block head.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = BlockHead)]
pub(crate) struct HeadView {
    /// The block's number, from 1.
    height: i64,
    #[schema(value_type = String)]
    previous: Hex<32>,
    /// The root of the tree over its records.
    #[schema(value_type = String)]
    root: Hex<32>,
    created_at: String,
    first: String,
    last: String,
    /// The number of its records.
    count: u32,
    /// Ed25519 over the head's canonical bytes.
    #[schema(value_type = String)]
    signature: Hex<64>,
    #[schema(value_type = String)]
    public_key: Hex<32>,
}

/// The prefix under which a record of this code is shown.
pub(crate) fn prefix_of(code: u16) -> &'static str {
    match Code::from_number(code) {
        Some(Code::Transfer) => payments::transfer::PREFIX,
        Some(Code::TopUp) => payments::top_up::PREFIX,
        Some(Code::Payment) => "pay",
        Some(Code::Refund) => "ref",
        Some(Code::Reversal | Code::Adjustment) | None => RecordId::PREFIX,
    }
}

impl From<&Receipt> for ReceiptView {
    fn from(receipt: &Receipt) -> Self {
        Self {
            id: receipt.id.with_prefix(prefix_of(receipt.code)),
            created_at: receipt.at.to_string(),
            code: receipt.code,
            link: LinkView::from(&receipt.link),
            postings: receipt.postings.iter().map(PostingView::from).collect(),
            origin: SectionView::of(&receipt.origin, |origin| {
                origin.as_ref().map(OriginView::from)
            }),
            memo: SectionView::of(&receipt.memo, |digest| digest.map(Hex)),
            index: receipt.index,
            path: receipt.path.iter().copied().map(Hex).collect(),
            head: HeadView::from(&receipt.head),
        }
    }
}

impl From<&ReceiptPosting> for PostingView {
    fn from(posting: &ReceiptPosting) -> Self {
        let side = match posting.side {
            Side::Debit => "debit",
            Side::Credit => "credit",
        };
        Self {
            account: posting.account.to_string(),
            side: side.to_owned(),
            amount: AmountView(posting.amount),
            currency: posting.currency.code().to_owned(),
            after: SectionView::of(&posting.after, |after| AfterView {
                version: after.version,
                posted: AmountView(after.posted),
            }),
        }
    }
}

impl From<&Origin> for OriginView {
    fn from(origin: &Origin) -> Self {
        Self {
            caller: UserId::from_raw(origin.caller).to_string(),
            route: origin.route,
            key: origin.key.to_string(),
            request: Hex(origin.request),
            reference: origin.reference.as_deref().map(str::to_owned),
        }
    }
}

impl From<&Link> for LinkView {
    fn from(link: &Link) -> Self {
        match *link {
            Link::None => Self::None,
            Link::Reversal { of } => Self::Reversal { of: of.to_string() },
            Link::Refund { of, amount } => Self::Refund {
                of: of.to_string(),
                amount: AmountView(amount),
            },
            Link::Capture { of, amount, rest } => Self::Capture {
                of: of.to_string(),
                amount: AmountView(amount),
                is_rest_kept: rest == Rest::Keep,
            },
        }
    }
}

impl From<&SignedHead> for HeadView {
    fn from(signed: &SignedHead) -> Self {
        let head = &signed.head;
        Self {
            height: head.height,
            previous: Hex(head.previous),
            root: Hex(head.root),
            created_at: head.at.to_string(),
            first: head.first.to_string(),
            last: head.last.to_string(),
            count: head.count,
            signature: Hex(signed.signature),
            public_key: Hex(signed.key.to_bytes()),
        }
    }
}

impl<T> SectionView<T> {
    fn of<U>(section: &Section<U>, show: impl FnOnce(&U) -> T) -> Self {
        match section {
            Section::Revealed { salt, content } => Self::Revealed {
                salt: Hex(*salt),
                content: show(content),
            },
            Section::Hidden { commitment } => Self::Hidden {
                commitment: Hex(*commitment),
            },
        }
    }

    fn read<U>(self, read: impl FnOnce(T) -> Option<U>) -> Option<Section<U>> {
        Some(match self {
            Self::Revealed { salt, content } => Section::Revealed {
                salt: salt.0,
                content: read(content)?,
            },
            Self::Hidden { commitment } => Section::Hidden {
                commitment: commitment.0,
            },
        })
    }
}

impl ReceiptView {
    fn read(self) -> Result<Receipt, ReceiptTextError> {
        let field = ReceiptTextError::Field;
        let id = RecordId::parse_prefixed(prefix_of(self.code), &self.id);
        let postings = self
            .postings
            .into_iter()
            .map(PostingView::read)
            .collect::<Option<_>>();
        Ok(Receipt {
            id: id.map_err(|_| field("id"))?,
            at: moment(&self.created_at).ok_or(field("created_at"))?,
            code: self.code,
            link: self.link.read().ok_or(field("link"))?,
            postings: postings.ok_or(field("postings"))?,
            origin: self
                .origin
                .read(OriginView::read_some)
                .ok_or(field("origin"))?,
            memo: self
                .memo
                .read(|d| Some(d.map(|hex| hex.0)))
                .ok_or(field("memo"))?,
            index: self.index,
            path: self.path.into_iter().map(|hash| hash.0).collect(),
            head: self.head.read().ok_or(field("head"))?,
        })
    }
}

impl PostingView {
    fn read(self) -> Option<ReceiptPosting> {
        let side = match self.side.as_str() {
            "debit" => Side::Debit,
            "credit" => Side::Credit,
            _ => return None,
        };
        let after = self.after.read(|after| {
            Some(After {
                version: after.version,
                posted: after.posted.0,
            })
        })?;
        Some(ReceiptPosting {
            account: self.account.parse().ok()?,
            side,
            amount: self.amount.0,
            currency: self.currency.parse::<Currency>().ok()?,
            after,
        })
    }
}

impl OriginView {
    fn read_some(shown: Option<Self>) -> Option<Option<Origin>> {
        let Some(shown) = shown else {
            return Some(None);
        };
        Some(Some(Origin {
            caller: shown.caller.parse::<UserId>().ok()?.raw(),
            route: shown.route,
            key: shown.key.into(),
            request: shown.request.0,
            reference: shown.reference.map(String::into),
        }))
    }
}

impl LinkView {
    fn read(self) -> Option<Link> {
        Some(match self {
            Self::None => Link::None,
            Self::Reversal { of } => Link::Reversal {
                of: of.parse().ok()?,
            },
            Self::Refund { of, amount } => Link::Refund {
                of: of.parse().ok()?,
                amount: amount.0,
            },
            Self::Capture {
                of,
                amount,
                is_rest_kept,
            } => {
                let rest = if is_rest_kept {
                    Rest::Keep
                } else {
                    Rest::Release
                };
                Link::Capture {
                    of: of.parse().ok()?,
                    amount: amount.0,
                    rest,
                }
            }
        })
    }
}

impl HeadView {
    fn read(self) -> Option<SignedHead> {
        let head = Head {
            height: self.height,
            previous: self.previous.0,
            root: self.root.0,
            at: moment(&self.created_at)?,
            first: self.first.parse().ok()?,
            last: self.last.parse().ok()?,
            count: self.count,
        };
        let key = PublicKey::from_bytes(&self.public_key.0).ok()?;
        Some(SignedHead {
            head,
            signature: self.signature.0,
            key,
        })
    }
}
