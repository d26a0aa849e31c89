//! How a record lies in the journal: a mark, its length, a nonce, and the sealed text. All of it, and the place where it lies, is
//! authenticated, so that a record changed, moved or cut is never believed, and one that is whole can be found again behind damage.
//!
//! Records written by the first versions have no mark, and their length is not authenticated. They are still read; behind damage they are found
//! if they are not longer than [`LONGEST_UNMARKED`], since each try costs as much as reading the record.

use chacha20poly1305::{
    KeyInit as _, XChaCha20Poly1305, XNonce,
    aead::{Aead as _, Payload},
};

use crate::error::{Result, StoreError};

/// Read as a length, it is longer than any record: an unmarked record can't begin with it.
const MARK: &[u8; 4] = b"FDR\x02";
const LENGTH: usize = 4;
const NONCE: usize = 24;
const MAC: usize = 16;
/// No record is longer, in bytes: a note of a million characters fits.
const LONGEST: usize = 16 << 20;
const LONGEST_UNMARKED: usize = 64 << 10;

pub(super) struct Frames {
    cipher: XChaCha20Poly1305,
}

/// A record that is what was written.
pub(super) struct Found {
    /// Of its frame, among the bytes searched.
    pub start: usize,
    pub end: usize,
    pub text: Vec<u8>,
}

impl Frames {
    pub fn new(key: &[u8; 32]) -> Frames {
        Frames { cipher: XChaCha20Poly1305::new(key.into()) }
    }

    /// Appends `text` to `bytes`, sealed for the place `at` of the file.
    pub fn seal(&self, text: &[u8], at: u64, bytes: &mut Vec<u8>) -> Result<()> {
        let length = u32::try_from(NONCE + text.len() + MAC)
            .ok()
            .filter(|length| *length as usize <= LONGEST)
            .ok_or(StoreError::Invalid("text"))?
            .to_le_bytes();
        let mut nonce = [0; NONCE];
        getrandom::fill(&mut nonce)?;
        let payload = Payload { msg: text, aad: &marked_frame(length, at) };
        let sealed = self.cipher.encrypt(XNonce::from_slice(&nonce), payload);
        let sealed = sealed.map_err(|_| StoreError::Invalid("journal record"))?;
        for part in [MARK.as_slice(), &length, &nonce, &sealed] {
            bytes.extend_from_slice(part);
        }
        Ok(())
    }

    /// The first record from `from` on that is what was written, however much is damaged before it. `base` is where in the file `bytes` begin.
    pub fn next(&self, bytes: &[u8], from: usize, base: u64) -> Option<Found> {
        let here = self.open(bytes, from, base, LONGEST);
        here.or_else(|| (from + 1..bytes.len()).find_map(|at| self.open(bytes, at, base, LONGEST_UNMARKED)))
    }

    /// The record that lies at `start`, if it does and is what was written.
    fn open(&self, bytes: &[u8], start: usize, base: u64, longest_unmarked: usize) -> Option<Found> {
        let frame = Frame::at(bytes, start)?;
        if !frame.marked && frame.end - frame.sealed > longest_unmarked {
            return None;
        }
        let (nonce, sealed) = bytes.get(frame.sealed..frame.end)?.split_at_checked(NONCE)?;
        let at = base + start as u64;
        let aad =
            if frame.marked { marked_frame(frame.length, at).to_vec() } else { at.to_le_bytes().to_vec() };
        let payload = Payload { msg: sealed, aad: &aad };
        let text = self.cipher.decrypt(XNonce::from_slice(nonce), payload).ok()?;
        Some(Found { start, end: frame.end, text })
    }

    #[cfg(test)]
    pub fn seal_first_form(&self, text: &[u8], at: u64, bytes: &mut Vec<u8>) {
        let nonce = [7; NONCE];
        let payload = Payload { msg: text, aad: &at.to_le_bytes() };
        let sealed = self.cipher.encrypt(XNonce::from_slice(&nonce), payload).unwrap();
        bytes.extend(u32::try_from(NONCE + sealed.len()).unwrap().to_le_bytes());
        bytes.extend(nonce);
        bytes.extend(sealed);
    }
}

/// What is authenticated beside the text.
fn marked_frame(length: [u8; LENGTH], at: u64) -> [u8; 16] {
    let mut frame = [0; 16];
    let (mark, rest) = frame.split_at_mut(MARK.len());
    mark.copy_from_slice(MARK);
    let (told, place) = rest.split_at_mut(LENGTH);
    told.copy_from_slice(&length);
    place.copy_from_slice(&at.to_le_bytes());
    frame
}

/// Where a record would lie if what stands at its beginning is true.
struct Frame {
    marked: bool,
    length: [u8; LENGTH],
    sealed: usize,
    end: usize,
}

impl Frame {
    fn at(bytes: &[u8], start: usize) -> Option<Frame> {
        let marked = bytes.get(start..)?.starts_with(MARK);
        let told = if marked { start + MARK.len() } else { start };
        let length: [u8; LENGTH] = bytes.get(told..told + LENGTH)?.try_into().ok()?;
        let long = u32::from_le_bytes(length) as usize;
        let (sealed, end) = (told + LENGTH, told + LENGTH + long);
        ((NONCE + MAC..=LONGEST).contains(&long) && end <= bytes.len()).then_some(Frame {
            marked,
            length,
            sealed,
            end,
        })
    }
}

/// Whether a record of the right length lies at the beginning: then it was written, and is damaged if it can't be opened.
pub(super) fn is_whole(bytes: &[u8]) -> bool {
    Frame::at(bytes, 0).is_some()
}
