//! What can go wrong in a call.

use std::any::Any;
use std::fmt;

use crate::row::Real;

/// The result of a call.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// What went wrong, in one message that says what to do about it.
///
/// [`kind`](Error::kind) tells apart what a program can act on.
///
/// ```
/// use keops_runtime::{Device, ErrorKind};
///
/// let error = "tpu".parse::<Device>().unwrap_err();
/// assert_eq!(error.kind(), ErrorKind::Device);
/// assert!(error.to_string().contains("`cpu`"));
/// ```
pub struct Error(Box<Inner>);

struct Inner {
    kind: ErrorKind,
    message: String,
    source: Option<Box<dyn std::error::Error + Send + Sync>>,
    /// A `Vec` of the floating type.
    iterate: Option<Box<dyn Any + Send + Sync>>,
}

/// The kinds of [`Error`] that a program can act on.
#[non_exhaustive]
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum ErrorKind {
    /// An argument has rows of another width than the formula declares.
    Width,
    /// Two arguments, or a result and the memory given for it, differ in the number of rows.
    Rows,
    /// A layout reaches outside of its memory, or memory is no whole number of rows.
    Layout,
    /// More rows than an axis can have: 2³¹ − 1.
    Size,
    /// An environment variable or an option has a value that means nothing.
    Option,
    /// The device does not exist, or its name means nothing.
    Device,
    /// No driver was found, or it failed.
    Driver,
    /// There is not enough memory.
    Memory,
    /// What was asked for cannot be done here, such as a CPU level that this CPU lacks.
    Unsupported,
    /// A solution is not as accurate as was asked for; [`Error::iterate`] has what there is of it.
    NotConverged {
        /// How many iterations there were.
        iterations: usize,
        /// ‖b − Aa‖ / ‖b‖ at the end, the largest of all right-hand sides.
        residual: f64,
    },
    /// A defect of keops itself: please report it.
    Internal,
}

impl Error {
    /// An error with the message that users read.
    pub fn new(kind: ErrorKind, message: impl Into<String>) -> Error {
        Error(Box::new(Inner {
            kind,
            message: message.into(),
            source: None,
            iterate: None,
        }))
    }

    /// The same error with the one that caused it.
    #[must_use]
    pub fn caused_by(mut self, source: impl std::error::Error + Send + Sync + 'static) -> Error {
        self.0.source = Some(Box::new(source));
        self
    }

    /// The same error with what there is of a solution.
    pub(crate) fn with_iterate<T: Real>(mut self, iterate: Vec<T>) -> Error {
        self.0.iterate = Some(Box::new(iterate));
        self
    }

    /// Of [`NotConverged`](ErrorKind::NotConverged), the last iterate, row after row; none of any other
    /// error, and where the computation was in the other floating type.
    pub fn iterate<T: Real>(&self) -> Option<&[T]> {
        let iterate = self.0.iterate.as_ref()?;
        iterate.downcast_ref::<Vec<T>>().map(Vec::as_slice)
    }

    /// What a program can act on.
    pub fn kind(&self) -> ErrorKind {
        self.0.kind
    }

    /// The argument called `name` has rows of `found` numbers, not of `expected`.
    pub fn width(name: &str, expected: usize, found: usize) -> Error {
        let expected = numbers(expected);
        let message = format!("`{name}`: expected rows of {expected}, found rows of {found}");
        Error::new(ErrorKind::Width, message)
    }

    /// Two arguments that are indexed by `axis` (`i` or `j`) differ in their number of rows.
    pub fn rows(axis: &str, first: (&str, usize), second: (&str, usize)) -> Error {
        let ((a, m), (b, n)) = (first, second);
        let message = format!(
            "`{a}` has {} and `{b}` has {}: both are indexed by {axis}, so they need as many rows",
            rows(m),
            rows(n)
        );
        Error::new(ErrorKind::Rows, message)
    }

    /// No argument that is indexed by `axis` says how many rows there are.
    pub fn no_rows(axis: &str, names: &[&str]) -> Error {
        let names: Vec<String> = names.iter().map(|name| format!("`{name}`")).collect();
        let message = format!(
            "nothing says how many rows the axis {axis} has: {} is `every(…)`, one value for all \
             rows; pass rows for at least one argument indexed by {axis}",
            names.join(", ")
        );
        Error::new(ErrorKind::Rows, message)
    }

    /// The axis has more rows than it can.
    pub fn size(name: &str, found: usize) -> Error {
        let message = format!(
            "`{name}` has {found} rows; an axis has at most {} (2³¹ − 1): cut it in parts",
            i32::MAX
        );
        Error::new(ErrorKind::Size, message)
    }

    /// A defect of keops itself.
    pub fn internal(message: impl fmt::Display) -> Error {
        let message = format!("{message}; this is a defect of keops, please report it");
        Error::new(ErrorKind::Internal, message)
    }
}

/// `3 numbers`, `1 number`
fn numbers(n: usize) -> String {
    format!("{n} number{}", if n == 1 { "" } else { "s" })
}

/// `3 rows`, `1 row`
fn rows(n: usize) -> String {
    format!("{n} row{}", if n == 1 { "" } else { "s" })
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0.message)
    }
}

impl fmt::Debug for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // What `unwrap` and `main` print: the message, readable.
        write!(f, "{:?}: {}", self.0.kind, self.0.message)?;
        match &self.0.source {
            Some(source) => write!(f, " ({source})"),
            None => Ok(()),
        }
    }
}

impl std::error::Error for Error {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        self.0.source.as_deref().map(|source| source as _)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn messages_name_the_argument_and_say_both_sizes() {
        let error = Error::width("x", 3, 2);
        assert_eq!(
            error.to_string(),
            "`x`: expected rows of 3 numbers, found rows of 2"
        );
        assert_eq!(error.kind(), ErrorKind::Width);

        let error = Error::rows("j", ("y", 3), ("b", 1));
        let expected =
            "`y` has 3 rows and `b` has 1 row: both are indexed by j, so they need as many rows";
        assert_eq!(error.to_string(), expected);
        assert_eq!(format!("{error:?}"), format!("Rows: {expected}"));
    }

    #[test]
    fn the_cause_is_kept() {
        use std::error::Error as _;
        let error = Error::new(ErrorKind::Driver, "no driver").caused_by(fmt::Error);
        assert!(error.source().is_some());
        assert!(format!("{error:?}").starts_with("Driver: no driver ("));
    }

    #[test]
    fn an_error_crosses_threads_and_is_a_pointer_wide() {
        fn sent<T: Send + Sync + 'static>() {}
        sent::<Error>();
        assert_eq!(size_of::<Result<()>>(), size_of::<usize>());
    }
}
