//! What the text of a PTX module says of its entries.
//!
//! The driver takes a kernel's parameters by address and counts them itself, so that too few of them
//! would be read from anywhere. Therefore the text is asked before.

use crate::error::{Error, Result};

/// An entry of a module.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Entry {
    pub(super) name: String,
    /// The bytes of each parameter; none where it is no single number.
    parameters: Vec<Option<u8>>,
    /// The threads of a block that `.maxntid` or `.reqntid` says.
    pub(super) threads: Option<u32>,
}

impl Entry {
    #[cfg(any(test, feature = "simulated"))]
    pub(super) fn sizes(&self) -> Vec<Option<u8>> {
        self.parameters.clone()
    }

    /// The rows that a thread takes, if this is the entry of a name: `name` for one row, `name_x4`
    /// for four.
    pub(super) fn rows(&self, name: &str) -> Option<u32> {
        match self.name.strip_prefix(name)? {
            "" => Some(1),
            rest => rest
                .strip_prefix("_x")?
                .parse()
                .ok()
                .filter(|rows| (1..=64).contains(rows)),
        }
    }

    /// That the parameters are so many pointers, then so many numbers of 32 bits.
    pub(super) fn takes(&self, pointers: usize, numbers: usize) -> Result<()> {
        let (first, last) = self
            .parameters
            .split_at(pointers.min(self.parameters.len()));
        let fits = first.len() == pointers
            && last.len() == numbers
            && first.iter().all(|&bytes| bytes == Some(8))
            && last.iter().all(|&bytes| bytes == Some(4));
        if fits {
            return Ok(());
        }
        Err(Error::internal(format!(
            "the kernel `{}` does not take {pointers} pointers and {numbers} numbers",
            self.name
        )))
    }
}

/// The entries of a module, in the order of its text. What is not understood is left out: the driver
/// says what is wrong with it.
pub(super) fn entries(text: &str) -> Vec<Entry> {
    let text = without_comments(text);
    let mut parts = text.split(".entry");
    parts.next();
    parts.filter_map(entry).collect()
}

/// What follows `.entry`.
fn entry(text: &str) -> Option<Entry> {
    let (head, _) = text.split_once('{')?;
    let (name, parameters, directives) = match head.split_once('(') {
        Some((name, rest)) => {
            let (parameters, directives) = rest.split_once(')')?;
            (name, parameters, directives)
        }
        None => {
            let head = head.trim_start();
            let end = head.find(char::is_whitespace).unwrap_or(head.len());
            (&head[..end], "", &head[end..])
        }
    };
    let parameters = match parameters.trim() {
        "" => Vec::new(),
        parameters => parameters.split(',').map(parameter).collect(),
    };
    Some(Entry {
        name: name.trim().to_owned(),
        parameters,
        threads: threads(directives),
    })
}

/// The bytes of a parameter that is one number.
fn parameter(text: &str) -> Option<u8> {
    if text.contains('[') {
        return None;
    }
    text.split_whitespace().find_map(|word| match word {
        ".u64" | ".b64" | ".s64" | ".f64" => Some(8),
        ".u32" | ".b32" | ".s32" | ".f32" => Some(4),
        _ => None,
    })
}

/// The threads in `.maxntid 128, 1, 1` or `.reqntid 128`.
fn threads(directives: &str) -> Option<u32> {
    let start = [".maxntid", ".reqntid"]
        .iter()
        .find_map(|name| directives.find(name).map(|place| place + name.len()))?;
    let sides = directives[start..].split(['.', ';']).next()?;
    let mut product = 1u32;
    for side in sides.split(',') {
        product = product.checked_mul(side.trim().parse().ok()?)?;
    }
    (1..=1024).contains(&product).then_some(product)
}

/// The text without `// …` and `/* … */`.
fn without_comments(mut text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    while let Some(start) = text.find('/') {
        let rest = &text[start..];
        let end = match rest.as_bytes().get(1) {
            Some(b'/') => rest.find('\n').unwrap_or(rest.len()),
            Some(b'*') => rest.find("*/").map_or(rest.len(), |end| end + 2),
            _ => {
                out.push_str(&text[..=start]);
                text = &rest[1..];
                continue;
            }
        };
        out.push_str(&text[..start]);
        out.push(' ');
        text = &rest[end..];
    }
    out.push_str(text);
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = "
        .version 7.0 // .entry no(.param .u32 a) {
        .target sm_70
        /* .entry
           neither { */
        // Σ_j exp(-|x_i - y_j|²)
        .visible .entry gaussian_0(
            .param .u64 in0_x,
            .param .b64 .ptr .global .align 4 in1_y,
            .param .u64 out0_a,
            .param .u32 rows,
            .param .u32 columns
        )
        .maxntid 64, 2, 1
        .minnctapersm 4
        { ret; }
        .entry gaussian_1 () .reqntid 256 { ret; }
        .visible .entry gaussian_2 .minnctapersm 2 {
            mov.u32 %r0, 7; ret; }
        .visible .entry gaussian_3(.param .align 8 .b8 s[16], .param .f64 t) { ret; }
    ";

    #[test]
    fn entries_are_read_with_parameters_and_threads() {
        let entries = entries(TEXT);
        let names: Vec<&str> = entries.iter().map(|entry| entry.name.as_str()).collect();
        assert_eq!(
            names,
            ["gaussian_0", "gaussian_1", "gaussian_2", "gaussian_3"]
        );
        let threads: Vec<_> = entries.iter().map(|entry| entry.threads).collect();
        assert_eq!(threads, [Some(128), Some(256), None, None]);
        let [first, second, _, last] = &entries[..] else {
            panic!("four entries")
        };
        assert_eq!(first.parameters, [8, 8, 8, 4, 4].map(Some));
        assert!(second.parameters.is_empty());
        assert_eq!(last.parameters, [None, Some(8)]);
    }

    #[test]
    fn names_tell_the_rows_of_a_thread() {
        let entries =
            entries(".entry f_1_x4() {} .entry f_1() {} .entry f_1_x() {} .entry f_10() {}");
        let rows: Vec<_> = entries.iter().map(|entry| entry.rows("f_1")).collect();
        assert_eq!(rows, [Some(4), Some(1), None, None]);
    }

    #[test]
    fn parameters_of_another_number_or_size_are_refused() {
        let entries = entries(TEXT);
        entries[0].takes(3, 2).unwrap();
        entries[1].takes(0, 0).unwrap();
        for (pointers, numbers) in [(2, 2), (3, 1), (2, 3), (4, 1), (3, 4), (0, 5), (5, 0)] {
            let error = entries[0].takes(pointers, numbers).unwrap_err();
            assert_eq!(error.kind(), crate::ErrorKind::Internal);
            assert!(error.to_string().contains("`gaussian_0`"), "{error}");
        }
        assert!(entries[3].takes(2, 0).is_err());
    }

    #[test]
    fn text_that_makes_no_sense_has_no_entries() {
        for text in [
            "",
            ".entry",
            ".entry f(",
            ".entry f(.param .u64 x",
            "/*",
            "//",
            "a / b",
            "/",
        ] {
            assert_eq!(entries(text), [], "{text}");
        }
        let odd = entries(
            ".entry f() .maxntid 0 {} .entry g() .maxntid x {} .entry h() .maxntid 4096 {}",
        );
        assert!(odd.iter().all(|entry| entry.threads.is_none()), "{odd:?}");
    }
}
