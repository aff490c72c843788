//! The memory of a launch: buffers, shared memory, local memory; every access is checked.

use super::buffer::Buffer;
use super::error::ErrorKind;
use super::syntax::START;

/// Where generic addresses of shared memory begin.
pub(super) const SHARED_WINDOW: u64 = 0x10_0000_0000;
/// Where generic addresses of local memory begin.
pub(super) const LOCAL_WINDOW: u64 = 0x20_0000_0000;
/// Buffers lie this far apart, so that no wrong index leads from one into another.
const APART: u32 = 40;

/// The address of a byte of a buffer.
pub(super) fn buffer_address(buffer: usize, offset: u64) -> u64 {
    ((buffer as u64 + 1) << APART).wrapping_add(offset)
}

/// Who touches memory, and when.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Who {
    /// The thread's number in its block.
    pub thread: u32,
    /// The block's number in the grid.
    pub block: u64,
    /// Counts barriers, through all blocks; never 0.
    pub time: u64,
    /// The number of the instruction.
    pub step: u32,
}

/// What is wrong with an access.
#[derive(Debug)]
pub(super) enum Fault {
    Plain(ErrorKind, String),
    /// Another thread has touched the word with no barrier between.
    Race {
        space: &'static str,
        offset: u64,
        writes: bool,
        other: Who,
        other_writes: bool,
    },
}

impl Fault {
    #[cold]
    pub(super) fn new(kind: ErrorKind, message: String) -> Box<Fault> {
        Box::new(Fault::Plain(kind, message))
    }
}

type Checked<T> = Result<T, Box<Fault>>;

/// The bytes of an access within an array of `len` bytes that begins at `start`.
fn range(space: &str, address: u64, start: u64, len: usize, size: u32) -> Checked<usize> {
    let offset = address.wrapping_sub(start);
    if address < start || offset.saturating_add(u64::from(size)) > len as u64 {
        let message = format!(
            "{size} bytes at {:+}: out of bounds, {space} has {len} bytes",
            offset as i64
        );
        return Err(Fault::new(ErrorKind::OutOfBounds, message));
    }
    if !offset.is_multiple_of(u64::from(size)) {
        let message = format!("{size} bytes at +{offset} in {space}: not aligned to {size} bytes");
        return Err(Fault::new(ErrorKind::Misaligned, message));
    }
    Ok(offset as usize)
}

fn check_written(space: &str, offset: usize, written: &[bool]) -> Checked<()> {
    match written.iter().position(|written| !written) {
        None => Ok(()),
        Some(at) => {
            let message = format!(
                "reads byte +{} of {space}, which nothing has written",
                offset + at
            );
            Err(Fault::new(ErrorKind::Uninitialised, message))
        }
    }
}

/// The buffers of a launch.
pub(super) struct Global<'b> {
    buffers: &'b mut [Buffer],
    /// For each buffer that may be written, who wrote each word last.
    writers: Vec<Vec<Who>>,
}

impl<'b> Global<'b> {
    pub(super) fn new(buffers: &'b mut [Buffer]) -> Self {
        let words = |buffer: &Buffer| {
            if buffer.read_only {
                0
            } else {
                buffer.bytes.len().div_ceil(4)
            }
        };
        let writers = buffers
            .iter()
            .map(|buffer| vec![Who::default(); words(buffer)])
            .collect();
        Global { buffers, writers }
    }

    fn find(&self, address: u64, size: u32) -> Checked<(usize, usize)> {
        let number = ((address >> APART) as usize).wrapping_sub(1);
        let Some(buffer) = self.buffers.get(number) else {
            let message = format!("address {address:#x} is out of bounds of every buffer");
            return Err(Fault::new(ErrorKind::OutOfBounds, message));
        };
        let len = buffer.bytes.len();
        let offset = address & ((1 << APART) - 1);
        if offset + u64::from(size) <= len as u64 && offset.is_multiple_of(u64::from(size)) {
            return Ok((number, offset as usize));
        }
        let name = format!("buffer {number}");
        range(&name, address, buffer_address(number, 0), len, size).map(|offset| (number, offset))
    }

    /// Another thread's write to the words, unless a barrier lies between.
    fn race(&self, number: usize, offset: usize, size: u32, who: Who, writes: bool) -> Checked<()> {
        for word in offset / 4..(offset + size as usize).div_ceil(4) {
            let other = self.writers[number][word];
            let ordered =
                other.block == who.block && (other.thread == who.thread || other.time < who.time);
            if other.time > 0 && !ordered {
                let offset = word as u64 * 4;
                return Err(Box::new(Fault::Race {
                    space: "global",
                    offset,
                    writes,
                    other,
                    other_writes: true,
                }));
            }
        }
        Ok(())
    }

    pub(super) fn read(&self, address: u64, size: u32, constant: bool, who: Who) -> Checked<&[u8]> {
        let (number, offset) = self.find(address, size)?;
        let buffer = &self.buffers[number];
        let end = offset + size as usize;
        if !buffer.read_only {
            if constant {
                let message = format!("`.nc` reads buffer {number}, which the kernel may write");
                return Err(Fault::new(ErrorKind::Race, message));
            }
            if !buffer.written.is_empty() {
                check_written(
                    &format!("buffer {number}"),
                    offset,
                    &buffer.written[offset..end],
                )?;
            }
            self.race(number, offset, size, who, false)?;
        }
        Ok(&buffer.bytes[offset..end])
    }

    pub(super) fn write(&mut self, address: u64, bytes: &[u8], who: Who) -> Checked<()> {
        let size = bytes.len() as u32;
        let (number, offset) = self.find(address, size)?;
        if self.buffers[number].read_only {
            let message = format!("writes to buffer {number}, which is read only");
            return Err(Fault::new(ErrorKind::OutOfBounds, message));
        }
        self.race(number, offset, size, who, true)?;
        let end = offset + bytes.len();
        self.writers[number][offset / 4..end.div_ceil(4)].fill(who);
        let buffer = &mut self.buffers[number];
        buffer.bytes[offset..end].copy_from_slice(bytes);
        if !buffer.written.is_empty() {
            buffer.written[offset..end].fill(true);
        }
        Ok(())
    }
}

/// Who touched a word of shared memory last. Of readers since the last barrier two are kept, of
/// different threads, so that whoever writes finds one that is not itself.
#[derive(Clone, Copy, Default)]
struct Word {
    writer: Who,
    readers: [Who; 2],
}

/// The shared memory of a block.
pub(super) struct Shared {
    bytes: Vec<u8>,
    written: Vec<bool>,
    words: Vec<Word>,
}

impl Shared {
    /// Memory for the addresses from [`START`] to `end`.
    pub(super) fn new(end: u64) -> Shared {
        let len = (end - START) as usize;
        Shared {
            bytes: vec![0; len],
            written: vec![false; len],
            words: vec![Word::default(); len.div_ceil(4)],
        }
    }

    /// Forgets everything, for the next block.
    pub(super) fn clear(&mut self) {
        self.written.fill(false);
    }

    fn range(&self, address: u64, size: u32) -> Checked<usize> {
        range("shared memory", address, START, self.bytes.len(), size)
    }

    pub(super) fn read(&mut self, address: u64, size: u32, who: Who) -> Checked<&[u8]> {
        let offset = self.range(address, size)?;
        let end = offset + size as usize;
        check_written("shared memory", offset, &self.written[offset..end])?;
        for (k, word) in self.words[offset / 4..end.div_ceil(4)]
            .iter_mut()
            .enumerate()
        {
            if word.writer.time == who.time && word.writer.thread != who.thread {
                return Err(shared_race(offset / 4 + k, false, word.writer, true));
            }
            if word.readers[0].time != who.time {
                word.readers[0] = who;
            } else if word.readers[0].thread != who.thread {
                word.readers[1] = who;
            }
        }
        Ok(&self.bytes[offset..end])
    }

    pub(super) fn write(&mut self, address: u64, bytes: &[u8], who: Who) -> Checked<()> {
        let offset = self.range(address, bytes.len() as u32)?;
        let end = offset + bytes.len();
        for (k, word) in self.words[offset / 4..end.div_ceil(4)]
            .iter_mut()
            .enumerate()
        {
            let other = |other: &Who| other.time == who.time && other.thread != who.thread;
            if other(&word.writer) {
                return Err(shared_race(offset / 4 + k, true, word.writer, true));
            }
            if let Some(reader) = word.readers.iter().copied().find(other) {
                return Err(shared_race(offset / 4 + k, true, reader, false));
            }
            word.writer = who;
        }
        self.bytes[offset..end].copy_from_slice(bytes);
        self.written[offset..end].fill(true);
        Ok(())
    }
}

#[cold]
fn shared_race(word: usize, writes: bool, other: Who, other_writes: bool) -> Box<Fault> {
    Box::new(Fault::Race {
        space: "shared",
        offset: word as u64 * 4,
        writes,
        other,
        other_writes,
    })
}

/// The local memory of a block's threads.
pub(super) struct Local {
    len: usize,
    bytes: Vec<u8>,
    written: Vec<bool>,
}

impl Local {
    /// Memory of `threads` threads for the addresses from [`START`] to `end`.
    pub(super) fn new(end: u64, threads: usize) -> Local {
        let len = (end - START) as usize;
        Local {
            len,
            bytes: vec![0; len * threads],
            written: vec![false; len * threads],
        }
    }

    /// Forgets everything, for the next block.
    pub(super) fn clear(&mut self) {
        self.written.fill(false);
    }

    fn range(&self, thread: u32, address: u64, size: u32) -> Checked<(usize, usize)> {
        let offset = range("local memory", address, START, self.len, size)?;
        Ok((offset, thread as usize * self.len + offset))
    }

    pub(super) fn read(&self, thread: u32, address: u64, size: u32) -> Checked<&[u8]> {
        let (offset, at) = self.range(thread, address, size)?;
        let end = at + size as usize;
        check_written("local memory", offset, &self.written[at..end])?;
        Ok(&self.bytes[at..end])
    }

    pub(super) fn write(&mut self, thread: u32, address: u64, bytes: &[u8]) -> Checked<()> {
        let (_, at) = self.range(thread, address, bytes.len() as u32)?;
        self.bytes[at..at + bytes.len()].copy_from_slice(bytes);
        self.written[at..at + bytes.len()].fill(true);
        Ok(())
    }
}
