//! What the interpreter says is wrong with a kernel or with its launch.

use std::fmt;

/// What is wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ErrorKind {
    /// The text is not PTX.
    Syntax,
    /// An instruction, a modifier, a type, a directive or a name that the interpreter does not know.
    Unknown,
    /// Operands that the instruction does not take.
    Type,
    /// The launch does not fit the kernel: entry, parameters, block.
    Launch,
    /// An access outside the memory it was given, or a write to memory that is read only.
    OutOfBounds,
    /// An address that is not a multiple of the access's size.
    Misaligned,
    /// A register or memory was read before anything was written there.
    Uninitialised,
    /// Threads that should meet at a barrier or a vote do not.
    Divergence,
    /// Two threads touch one word with no barrier between, and one of them writes.
    Race,
    /// More instructions than the launch allows.
    Limit,
}

/// What is wrong, and where: the line of the PTX text, the instruction, the thread.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Error {
    /// What is wrong.
    pub kind: ErrorKind,
    /// The line of the PTX text, counted from 1; 0 where no line is to blame.
    pub line: usize,
    /// The instruction, or the piece of text.
    pub text: String,
    /// What is wrong with it, in words.
    pub message: String,
    /// The block and the thread that ran the instruction.
    pub thread: Option<([u32; 3], [u32; 3])>,
}

impl Error {
    pub(super) fn new(
        kind: ErrorKind,
        line: usize,
        text: &str,
        message: impl Into<String>,
    ) -> Error {
        Error {
            kind,
            line,
            text: text.to_owned(),
            message: message.into(),
            thread: None,
        }
    }

    pub(super) fn launch(message: impl Into<String>) -> Error {
        Error::new(ErrorKind::Launch, 0, "", message)
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.line > 0 {
            write!(f, "line {}: `{}`: ", self.line, self.text)?;
        }
        write!(f, "{}", self.message)?;
        if let Some((block, thread)) = self.thread {
            write!(f, " (block {block:?}, thread {thread:?})")?;
        }
        Ok(())
    }
}

impl std::error::Error for Error {}
