//! What a person sees of their past: the lines of their accounts, newest first.

use std::sync::Arc;

use db::{Fault, Read, Value};
use ledger::{Event, Record};
use vocab::{AccountId, Currency, Money, RecordId, Timestamp};

use crate::{
    Books, Code,
    books::{HistoryLine, journal, store},
    memo::{MemoSeal, MemoText},
};

/// Lines looked at for one page before the search gives up and hands out a cursor to go on from.
const LINES_SCANNED_MAX: usize = if cfg!(test) { 30 } else { 20_000 };
/// Lines gone back over for a page that ends before a cursor.
const LINES_WALKED_MAX: usize = 200_000;
/// History rows read at a time.
const ROWS: i64 = 16;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Direction {
    In,
    Out,
}

/// Which lines are wanted; every field that is set must match.
#[derive(Clone, Debug, Default)]
pub struct Filter {
    pub code: Option<Code>,
    pub direction: Option<Direction>,
    /// From this moment on.
    pub from: Option<Timestamp>,
    /// Before this moment.
    pub to: Option<Timestamp>,
    /// At least, minor units.
    pub min: Option<i64>,
    /// At most, minor units.
    pub max: Option<i64>,
    /// A part of the note or of the other side's masked name, whatever the case.
    pub text: Option<String>,
}

impl Filter {
    fn admits(&self, line: &HistoryLine) -> bool {
        let size = line.delta.unsigned_abs();
        let reaches = |bound: i64| u64::try_from(bound).is_ok_and(|bound| size >= bound);
        let stays = |bound: i64| u64::try_from(bound).is_ok_and(|bound| size <= bound);
        self.code.is_none_or(|code| code as u16 == line.code)
            && self
                .direction
                .is_none_or(|direction| direction == direction_of(line.delta))
            && self
                .from
                .is_none_or(|from| line.record >= RecordId::first_at(from))
            && self
                .to
                .is_none_or(|to| line.record < RecordId::first_at(to))
            && self.min.is_none_or(reaches)
            && self.max.is_none_or(stays)
    }

    fn finds(&self, line: &Line) -> bool {
        let Some(wanted) = &self.text else {
            return true;
        };
        let wanted = wanted.to_lowercase();
        let other = line.counterparty_name().to_lowercase();
        line.memo.note.to_lowercase().contains(&wanted) || other.contains(&wanted)
    }
}

/// Where a page starts, and how long it is.
#[derive(Clone, Copy, Debug)]
pub struct Page {
    pub limit: usize,
    pub start: Start,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Start {
    Newest,
    /// Older than this one, newest first.
    After(RecordId),
    /// Newer than this one, still newest first: the page that ends just before it.
    Before(RecordId),
}

/// One line of a person's records.
#[derive(Clone, Debug)]
pub struct Line {
    pub record: Arc<Record>,
    pub code: Code,
    pub account: AccountId,
    pub direction: Direction,
    /// Without sign.
    pub money: Money,
    pub balance_after: i64,
    /// The other account of a two-sided entry.
    pub counterparty: Option<AccountId>,
    pub memo: MemoText,
}

impl Line {
    /// The masked name of the other side, as it was.
    pub fn counterparty_name(&self) -> &str {
        match self.direction {
            Direction::In => &self.memo.payer,
            Direction::Out => &self.memo.payee,
        }
    }
}

/// A person's accounts, whose records are asked for.
pub type Owned = [(AccountId, Currency)];

/// A page of records and the cursor to go on from, if there is more.
pub fn list(
    view: (&Books, &dyn MemoSeal),
    tx: &mut impl Read,
    owned: &Owned,
    filter: &Filter,
    page: Page,
) -> Result<(Vec<Line>, Option<RecordId>), Fault> {
    let (books, seal) = view;
    if let Start::Before(newer) = page.start {
        return list_before(view, tx, owned, filter, (page.limit, newer));
    }
    let below = match page.start {
        Start::After(older) => Some(older),
        _ => None,
    };
    let mut sources = sources(books, owned);
    let bound = [below, filter.to.map(RecordId::first_at)]
        .into_iter()
        .flatten()
        .min();
    if let Some(bound) = bound {
        for source in &mut sources {
            source.seek(tx, bound)?;
        }
    }
    let mut lines: Vec<Line> = Vec::with_capacity(page.limit);
    let mut scanned = 0;
    let mut last = None;
    while let Some((source, line)) = next_line(tx, &mut sources)? {
        if filter
            .from
            .is_some_and(|from| line.record < RecordId::first_at(from))
        {
            return Ok((lines, None));
        }
        if scanned == LINES_SCANNED_MAX {
            return Ok((lines, last));
        }
        scanned += 1;
        last = Some(line.record);
        if !filter.admits(&line) {
            continue;
        }
        let line = complete(tx, seal, owned[source], &line)?;
        if !filter.finds(&line) {
            continue;
        }
        if lines.len() == page.limit {
            return Ok((lines.clone(), lines.last().map(|line| line.record.id)));
        }
        lines.push(line);
    }
    Ok((lines, None))
}

/// The page just before `newer`: gathered from the oldest newer line upwards.
fn list_before(
    (books, seal): (&Books, &dyn MemoSeal),
    tx: &mut impl Read,
    owned: &Owned,
    filter: &Filter,
    (limit, newer): (usize, RecordId),
) -> Result<(Vec<Line>, Option<RecordId>), Fault> {
    let mut sources = sources(books, owned);
    let mut admitted = Vec::new();
    while let Some((source, line)) = next_line(tx, &mut sources)? {
        if line.record <= newer || admitted.len() >= LINES_WALKED_MAX {
            break;
        }
        if filter.admits(&line) {
            admitted.push((source, line));
        }
    }
    let mut lines = Vec::with_capacity(limit);
    for (source, line) in admitted.iter().rev() {
        let line = complete(tx, seal, owned[*source], line)?;
        if filter.finds(&line) {
            lines.push(line);
        }
        if lines.len() == limit {
            break;
        }
    }
    lines.reverse();
    let next = lines.last().map(|line| line.record.id);
    Ok((lines, next))
}

/// The line of one record in any of these accounts.
pub fn find(
    seal: &dyn MemoSeal,
    tx: &mut impl Read,
    owned: &Owned,
    id: RecordId,
) -> Result<Option<Line>, Fault> {
    let Some(found) = journal::find(tx, id)? else {
        return Ok(None);
    };
    let Event::Posted(entry) = &found.record.event else {
        return Ok(None);
    };
    for &(account, currency) in owned {
        if let Some(posting) = entry.postings.iter().rev().find(|p| p.account == account) {
            let line = HistoryLine::of(id, entry.code, posting);
            let record = Arc::new(found.record);
            return line_of(seal, (account, currency), &line, record).map(Some);
        }
    }
    Ok(None)
}

/// The lines of an account after a record, oldest first, at most `limit`.
pub fn since(
    (books, seal): (&Books, &dyn MemoSeal),
    tx: &mut impl Read,
    account: (AccountId, Currency),
    after: RecordId,
    limit: usize,
) -> Result<Vec<Line>, Fault> {
    let mut source = Source {
        books,
        account: account.0,
        lines: Vec::new(),
        below: i64::MAX,
    };
    source.seek(tx, RecordId::from_raw(after.raw().saturating_add(1)))?;
    let first = source.below;
    source.below = first.saturating_add(i64::try_from(limit).unwrap_or(i64::MAX));
    let mut newer = Vec::new();
    while let Some((_, line)) = next_line(tx, std::slice::from_mut(&mut source))? {
        if line.version < first {
            break;
        }
        newer.push(line);
    }
    newer
        .iter()
        .rev()
        .map(|line| complete(tx, seal, account, line))
        .collect()
}

/// One account's history, read backwards: the tail, then rows of the store.
struct Source<'a> {
    books: &'a Books,
    account: AccountId,
    /// Lines at hand, oldest first.
    lines: Vec<HistoryLine>,
    /// Versions below this were not read yet; one is the lowest.
    below: i64,
}

fn sources<'a>(books: &'a Books, owned: &Owned) -> Vec<Source<'a>> {
    let source = |&(account, _): &(AccountId, Currency)| Source {
        books,
        account,
        lines: Vec::new(),
        below: i64::MAX,
    };
    owned.iter().map(source).collect()
}

impl Source<'_> {
    fn fill(&mut self, tx: &mut impl Read) -> Result<(), Fault> {
        if self.lines.is_empty() && self.below > 1 {
            self.lines = self.lines_below(tx, self.below, ROWS)?;
            self.below = self.lines.first().map_or(1, |line| line.version);
        }
        Ok(())
    }

    /// Some lines below a version, oldest first, ending just below it; none only if there are none.
    ///
    /// The tail first and then the store as it is after that: a line that leaves the tail is in
    /// the store before, and the record of one that the tail shows is in the journal.
    fn lines_below(
        &self,
        tx: &mut impl Read,
        below: i64,
        rows: i64,
    ) -> Result<Vec<HistoryLine>, Fault> {
        let in_tail = self.books.tail_history(self.account, below);
        tx.renew()?;
        if !in_tail.is_empty() {
            return Ok(in_tail);
        }
        let values = [
            Value::Int(self.account.raw()),
            Value::Int(below),
            Value::Int(rows),
        ];
        let mut rows = tx.query(store::HISTORY_BEFORE, &values, |row| {
            store::unpack_history(row.int(0)?, row.blob(1)?)
        })?;
        rows.reverse();
        let mut lines: Vec<_> = rows.into_iter().flatten().collect();
        lines.retain(|line| line.version < below);
        Ok(lines)
    }

    /// Goes on below a record: by halving, since later versions are of later records.
    fn seek(&mut self, tx: &mut impl Read, bound: RecordId) -> Result<(), Fault> {
        let newest = self.lines_below(tx, i64::MAX, 1)?;
        let (mut low, mut high) = (1, newest.last().map_or(1, |line| line.version + 1));
        while low < high {
            let middle = low + (high - low) / 2;
            let lines = self.lines_below(tx, middle + 1, 1)?;
            match lines.last() {
                Some(line) if line.record < bound => low = middle + 1,
                _ => high = middle,
            }
        }
        self.below = low;
        Ok(())
    }
}

/// The newest line that is left in any source.
fn next_line(
    tx: &mut impl Read,
    sources: &mut [Source<'_>],
) -> Result<Option<(usize, HistoryLine)>, Fault> {
    let mut newest: Option<(usize, RecordId)> = None;
    for (index, source) in sources.iter_mut().enumerate() {
        source.fill(tx)?;
        if let Some(line) = source.lines.last()
            && newest.is_none_or(|(_, record)| line.record > record)
        {
            newest = Some((index, line.record));
        }
    }
    Ok(newest.and_then(|(index, _)| Some((index, sources[index].lines.pop()?))))
}

fn complete(
    tx: &mut impl Read,
    seal: &dyn MemoSeal,
    account: (AccountId, Currency),
    line: &HistoryLine,
) -> Result<Line, Fault> {
    let found = journal::find(tx, line.record)?
        .ok_or_else(|| Fault::corrupt("a history line points to no record"))?;
    line_of(seal, account, line, Arc::new(found.record))
}

fn line_of(
    seal: &dyn MemoSeal,
    (account, currency): (AccountId, Currency),
    line: &HistoryLine,
    record: Arc<Record>,
) -> Result<Line, Fault> {
    let code =
        Code::from_number(line.code).ok_or_else(|| Fault::corrupt("an entry's code is unknown"))?;
    let memo = MemoText::of(record.memo.as_ref(), seal).unwrap_or_default();
    let size = i64::try_from(line.delta.unsigned_abs()).unwrap_or(i64::MAX);
    Ok(Line {
        counterparty: counterparty(&record, account),
        record,
        code,
        account,
        direction: direction_of(line.delta),
        money: Money::new(size, currency),
        balance_after: line.balance_after,
        memo,
    })
}

fn counterparty(record: &Record, account: AccountId) -> Option<AccountId> {
    let Event::Posted(entry) = &record.event else {
        return None;
    };
    match entry.postings.as_slice() {
        [one, other] if one.account == account => Some(other.account),
        [one, other] if other.account == account => Some(one.account),
        _ => None,
    }
}

const fn direction_of(delta: i64) -> Direction {
    if delta < 0 {
        Direction::Out
    } else {
        Direction::In
    }
}
