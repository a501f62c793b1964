//! One document into a block: its values where the plan wants them, and everything else skipped.
//!
//! Called by the decoder, for one document after the other. A document counts whole or not at all: what was taken of one that
//! turns out unreadable is forgotten. Of members of one name the last counts, as for most readers of JSON.

use crate::block::{Block, BlockDocument};
use crate::dictionary::{Interner, KEY_BYTES_MAX};
use crate::number;
use crate::plan::Plan;
use crate::scan::{DOCUMENT_BYTES_MAX, Fault, Scanner, Token, Unreadable};

/// What reads documents: the texts it met, and room to work in.
#[derive(Debug)]
pub(crate) struct Reader<'p> {
    plan: &'p Plan,
    interners: Vec<Interner>,
    /// Of each node, which object it was last met in. Objects are counted.
    met_in: Vec<u64>,
    objects: u64,
    scratch: String,
    document: Found,
}

/// What was found in the document that is being read.
#[derive(Debug, Default)]
struct Found {
    record: Record,
    has_id: bool,
    id: String,
    repeated_name: bool,
    /// Of each set, whether something else than an array is in its place.
    not_arrays: Vec<bool>,
    /// Of each set, the row that is being read.
    rows: Vec<usize>,
}

/// What is where the record should be.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
enum Record {
    #[default]
    Nothing,
    Object,
    SomethingElse,
}

/// A document on its way into a block.
struct Visit<'r, 'p, 't> {
    reader: &'r mut Reader<'p>,
    block: &'r mut Block,
    scanner: Scanner<'t>,
}

impl<'p> Reader<'p> {
    pub(crate) fn new(plan: &'p Plan) -> Self {
        Self {
            plan,
            interners: (0..plan.dictionaries).map(|_| Interner::default()).collect(),
            met_in: vec![0; plan.nodes.len()],
            objects: 0,
            scratch: String::new(),
            document: Found { not_arrays: vec![false; plan.sets.len()], ..Found::default() },
        }
    }

    /// The texts it met, of each dictionary by their numbers.
    pub(crate) fn into_texts(self) -> Vec<Vec<Box<str>>> {
        self.interners.into_iter().map(Interner::into_texts).collect()
    }

    /// Meets texts that another reader met; of each of them, its number here.
    pub(crate) fn codes(&mut self, texts: &[Vec<Box<str>>]) -> Vec<Vec<u32>> {
        let dictionaries = self.interners.iter_mut().zip(texts);
        let codes = |(interner, texts): (&mut Interner, &Vec<Box<str>>)| {
            texts.iter().map(|text| interner.code(text).unwrap_or(u32::MAX)).collect()
        };
        dictionaries.map(codes).collect()
    }

    /// Reads the next line of a block: a document, or nothing but space.
    pub(crate) fn line(&mut self, block: &mut Block, bytes: &[u8]) {
        let line = block.notes.lines;
        block.notes.lines += 1;
        let read = match std::str::from_utf8(bytes) {
            _ if bytes.len() > DOCUMENT_BYTES_MAX => Err(Unreadable::TooLong),
            Ok(text) => self.text(block, text, line),
            Err(_) => Err(Unreadable::NotUtf8),
        };
        if let Err(reason) = read {
            block.notes.unreadable.push((line, reason));
        }
    }

    /// The same of text that is known to be one.
    pub(crate) fn text_line(&mut self, block: &mut Block, text: &str) {
        let line = block.notes.lines;
        block.notes.lines += 1;
        let too_long = text.len() > DOCUMENT_BYTES_MAX;
        let read = if too_long { Err(Unreadable::TooLong) } else { self.text(block, text, line) };
        if let Err(reason) = read {
            block.notes.unreadable.push((line, reason));
        }
    }

    fn text(&mut self, block: &mut Block, text: &str, line: u64) -> Result<(), Unreadable> {
        // What some editors put before the first line.
        let text = text.strip_prefix('\u{feff}').unwrap_or(text);
        if text.trim_ascii().is_empty() {
            return Ok(());
        }
        let documents = block.documents.len();
        self.document.begin(block);
        let mut visit = Visit { scanner: Scanner::new(text), reader: self, block };
        let read = visit.document();
        let at = visit.scanner.at();
        let unreadable = match (read, self.document.record) {
            (Ok(()), Record::Object) => {
                self.keep(block, line, fingerprint(text.as_bytes()));
                return Ok(());
            }
            (Ok(()), Record::Nothing) => {
                block.notes.without_record += 1;
                Ok(())
            }
            (Ok(()), Record::SomethingElse) => Err(Unreadable::NotARecord),
            (Err(Fault::TooDeep), _) => Err(Unreadable::TooDeep),
            (Err(Fault::Syntax), _) => Err(Unreadable::NotJson { byte: at as u64 }),
        };
        block.forget(self.plan, documents);
        unreadable
    }

    /// Closes a document that was read to its end.
    fn keep(&mut self, block: &mut Block, line: u64, fingerprint: u64) {
        let row = block.documents.len();
        for &column in &self.plan.record_columns {
            if let Some(cells) = block.columns.get_mut(column).filter(|cells| cells.len() == row) {
                cells.push_missing();
            }
        }
        let found = &self.document;
        for (ends, rows) in block.ends.iter_mut().zip(&found.rows) {
            ends.push(u32::try_from(*rows).unwrap_or(u32::MAX));
        }
        if found.has_id {
            block.ids.push_str(&found.id);
        }
        let id_end = u32::try_from(block.ids.len()).unwrap_or(u32::MAX);
        block.documents.push(BlockDocument { id_end, has_id: found.has_id, line, fingerprint });
        block.notes.repeated_names += u64::from(found.repeated_name);
        block.notes.has_stray_texts |= found.repeated_name;
        for (count, found) in block.notes.not_arrays.iter_mut().zip(&found.not_arrays) {
            *count += u64::from(*found);
        }
    }
}

impl Found {
    fn begin(&mut self, block: &Block) {
        self.record = Record::Nothing;
        self.has_id = false;
        self.repeated_name = false;
        self.not_arrays.fill(false);
        self.rows.clear();
        self.rows.extend((0..block.ends.len()).map(|set| block.rows_count(set) as usize));
    }
}

impl<'p> Visit<'_, 'p, '_> {
    fn document(&mut self) -> Result<(), Fault> {
        self.value(0, 0)?;
        if self.scanner.is_at_end() { Ok(()) } else { Err(Fault::Syntax) }
    }

    /// A value at a place that the plan knows, below `depth` open brackets: there are as many as a pointer has steps, at most.
    #[inline]
    fn value(&mut self, at: usize, depth: u32) -> Result<(), Fault> {
        let plan: &'p Plan = self.reader.plan;
        let Some(node) = plan.nodes.get(at) else { return Err(Fault::Syntax) };
        let token = self.scanner.token()?;
        for &leaf in &node.leaves {
            self.leaf(leaf, &token);
        }
        if node.is_id {
            self.id(&token);
        }
        if node.is_record {
            self.reader.document.record = match token {
                Token::Object => Record::Object,
                Token::Null if at != 0 => Record::Nothing,
                _ => Record::SomethingElse,
            };
        }
        if let Some(set) = node.set
            && !matches!(token, Token::Array | Token::Null)
            && let Some(found) = self.reader.document.not_arrays.get_mut(set)
        {
            *found = true;
        }
        match token {
            Token::Null | Token::True | Token::False | Token::Number(_) | Token::Text(_) => Ok(()),
            Token::Object if !node.named.is_empty() => self.object(at, depth + 1),
            Token::Object => self.scanner.skip_inside(true, depth),
            Token::Array if node.every.is_some() || !node.indexed.is_empty() => self.array(at, depth + 1),
            Token::Array => self.scanner.skip_inside(false, depth),
        }
    }

    fn object(&mut self, at: usize, depth: u32) -> Result<(), Fault> {
        let plan: &'p Plan = self.reader.plan;
        let Some(node) = plan.nodes.get(at) else { return Err(Fault::Syntax) };
        self.reader.objects += 1;
        let this = self.reader.objects;
        let mut expected = 0;
        if self.scanner.closes(b'}')? {
            return Ok(());
        }
        loop {
            // Documents mostly have their members in one order.
            let position = match self.scanner.key(node.named.get(expected).map(|(name, _)| name))? {
                None => Some(expected),
                Some(key) => key.unescaped(&mut self.reader.scratch).and_then(|name| node.position(name)),
            };
            match position.and_then(|position| Some((position, node.named.get(position)?.1))) {
                Some((position, child)) => {
                    expected = position + 1;
                    self.meet(child, this);
                    self.value(child, depth)?;
                }
                None => self.scanner.skip(depth)?,
            }
            if !self.scanner.continues(b'}')? {
                return Ok(());
            }
        }
    }

    /// Notes that a member is there, and forgets what it was before in the same object.
    #[inline]
    fn meet(&mut self, at: usize, object: u64) {
        let met_in = self.reader.met_in.get_mut(at);
        if met_in.map(|met_in| std::mem::replace(met_in, object)) == Some(object) {
            self.reader.document.repeated_name = true;
            self.forget(at);
        }
    }

    fn array(&mut self, at: usize, depth: u32) -> Result<(), Fault> {
        let plan: &'p Plan = self.reader.plan;
        let Some(node) = plan.nodes.get(at) else { return Err(Fault::Syntax) };
        if self.scanner.closes(b']')? {
            return Ok(());
        }
        let mut indexed = node.indexed.iter().peekable();
        let mut index = 0;
        loop {
            let start = self.scanner.at();
            let by_index = indexed.next_if(|(wanted, _)| *wanted == index);
            if let Some((_, child)) = by_index {
                self.value(*child, depth)?;
            }
            if let Some(every) = node.every {
                // An element that is wanted by its index, too, is read twice.
                self.scanner.back_to(start);
                self.value(every, depth)?;
                if let Some(set) = node.set {
                    self.end_row(set);
                }
            } else if by_index.is_none() {
                self.scanner.skip(depth)?;
            }
            if !self.scanner.continues(b']')? {
                return Ok(());
            }
            index += 1;
        }
    }

    #[inline]
    fn leaf(&mut self, column: usize, token: &Token<'_>) {
        let plan: &'p Plan = self.reader.plan;
        let (Some(asked), Some(cells)) = (plan.columns.get(column), self.block.columns.get_mut(column))
        else {
            return;
        };
        let interner = asked.dictionary.and_then(|at| self.reader.interners.get_mut(at));
        cells.push(token, &asked.kind, interner, &mut self.reader.scratch);
    }

    fn id(&mut self, token: &Token<'_>) {
        let Reader { document, scratch, .. } = &mut *self.reader;
        let id = match token {
            Token::Text(text) => text.unescaped(scratch),
            Token::Number(number) => Some(number::key(number)),
            Token::Null | Token::True | Token::False | Token::Array | Token::Object => None,
        };
        let id = id.filter(|id| !id.is_empty() && id.len() <= KEY_BYTES_MAX);
        document.has_id = id.is_some();
        document.id.clear();
        document.id.push_str(id.unwrap_or_default());
    }

    /// Closes a row: columns that have no value in it have a row all the same.
    #[inline]
    fn end_row(&mut self, set: usize) {
        let (plan, rows) = (self.reader.plan, &mut self.reader.document.rows);
        let (Some(asked), Some(row)) = (plan.sets.get(set), rows.get_mut(set)) else { return };
        for &column in &asked.columns {
            if let Some(cells) = self.block.columns.get_mut(column).filter(|cells| cells.len() == *row) {
                cells.push_missing();
            }
        }
        *row += 1;
    }

    /// Forgets what was read at a place and below it, because its name is there again.
    #[cold]
    fn forget(&mut self, at: usize) {
        let plan: &'p Plan = self.reader.plan;
        let Some(node) = plan.nodes.get(at) else { return };
        if node.is_id {
            self.reader.document.has_id = false;
        }
        if node.is_record {
            self.reader.document.record = Record::Nothing;
        }
        if let Some(set) = node.set
            && let Some(row) = self.reader.document.rows.get_mut(set)
        {
            *row = self.block.rows_count(set) as usize;
            if let Some(found) = self.reader.document.not_arrays.get_mut(set) {
                *found = false;
            }
        }
        for &column in &node.leaves {
            let Some(asked) = plan.columns.get(column) else { continue };
            // The row that is being read: of the record's columns it is the document.
            let row = asked
                .set
                .map_or(Some(self.block.documents.len()), |set| self.reader.document.rows.get(set).copied());
            if let (Some(cells), Some(row)) = (self.block.columns.get_mut(column), row) {
                cells.truncate(row);
            }
        }
        for child in node.named.iter().map(|(_, child)| *child).chain(node.every) {
            self.forget(child);
        }
    }
}

/// What tells documents of one id apart, the same on every machine: their order doesn't depend on their arrival.
fn fingerprint(bytes: &[u8]) -> u64 {
    const SEEDS: [u64; 4] =
        [0x243F_6A88_85A3_08D3, 0x1319_8A2E_0370_7344, 0xA409_3822_299F_31D0, 0x082E_FA98_EC4E_6C89];
    let mixed = |left: u64, right: u64| {
        let (low, high) = left.carrying_mul(right, 0);
        low ^ high
    };
    let (blocks, rest) = bytes.as_chunks::<32>();
    let mut lanes = SEEDS;
    for block in blocks {
        let (words, _) = block.as_chunks::<8>();
        for ((lane, word), seed) in lanes.iter_mut().zip(words).zip(SEEDS) {
            *lane = mixed(*lane ^ u64::from_le_bytes(*word), seed | 1);
        }
    }
    let tail =
        rest.iter().fold(bytes.len() as u64, |tail, byte| mixed(tail ^ u64::from(*byte), SEEDS[0] | 1));
    lanes.into_iter().fold(tail, |folded, lane| mixed(folded ^ lane, SEEDS[1] | 1))
}
