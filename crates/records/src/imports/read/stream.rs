//! The unpacked bytes of a source, checked against the limits and hashed as they pass.

use std::io::{self, Read};
use std::sync::{Arc, OnceLock};

use flate2::Crc;
use sha2::{Digest, Sha256};

use super::Problem;
use super::source::Limits;

/// The unpacked bytes of a source: checked against the limits and hashed as they pass.
pub struct Reader {
    bytes: Box<dyn Read + Send>,
    guard: Guard,
    hash: Sha256,
    sha256: Arc<OnceLock<[u8; 32]>>,
    ended: bool,
}

impl Reader {
    /// Guards `bytes`; the hash is put into `sha256` at their end.
    pub(super) fn new(
        bytes: Box<dyn Read + Send>,
        guard: Guard,
        sha256: Arc<OnceLock<[u8; 32]>>,
    ) -> Self {
        Self {
            bytes,
            guard,
            hash: Sha256::new(),
            sha256,
            ended: false,
        }
    }
}

impl std::fmt::Debug for Reader {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Reader")
            .field("given", &self.guard.given)
            .finish_non_exhaustive()
    }
}

/// What a stream may still give, and what it has to come to.
pub(super) struct Guard {
    pub(super) limits: Limits,
    /// The packed size, where a ratio means something.
    pub(super) packed: Option<u64>,
    pub(super) given: u64,
    /// The size that the archive's directory declares.
    pub(super) size: Option<u64>,
    pub(super) crc: Option<(Crc, u32)>,
}

impl Guard {
    fn take(&mut self, bytes: &[u8]) -> Result<(), Problem> {
        self.given += bytes.len() as u64;
        if self.given > self.limits.entry_bytes {
            return Err(Problem::TooLarge {
                limit_mb: self.limits.entry_bytes / 1_000_000,
            });
        }
        if let Some(packed) = self.packed
            && self.given > self.limits.ratio_from
            && self.given / self.limits.ratio.max(1) > packed
        {
            return Err(Problem::Bomb {
                ratio: self.limits.ratio,
            });
        }
        if self.size.is_some_and(|size| self.given > size) {
            return Err(Problem::Damaged(
                "an entry is longer than the archive says".to_owned(),
            ));
        }
        if let Some((crc, _)) = &mut self.crc {
            crc.update(bytes);
        }
        Ok(())
    }

    fn end(&self) -> Result<(), Problem> {
        if self.size.is_some_and(|size| self.given < size) {
            return Err(Problem::Truncated);
        }
        match &self.crc {
            Some((crc, expected)) if crc.sum() != *expected => {
                Err(Problem::Damaged("an entry's checksum is wrong".to_owned()))
            }
            _ => Ok(()),
        }
    }
}

impl Read for Reader {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let n = self.bytes.read(buffer)?;
        if n > 0 {
            self.guard.take(&buffer[..n])?;
            self.hash.update(&buffer[..n]);
        } else if !buffer.is_empty() && !self.ended {
            self.ended = true;
            self.guard.end()?;
            let hash: [u8; 32] = self.hash.finalize_reset().into();
            // Set once: a second end-of-file does not come here.
            let _ = self.sha256.set(hash);
        }
        Ok(n)
    }
}
