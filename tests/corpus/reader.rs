//! The corpus: its cases, their inputs, and what JAX says of them. README.md says what the fields mean.
//!
//! A file of its own, so that the tests of several packages can include it.

use std::path::{Path, PathBuf};

/// The rows along i and j for which golden values are known.
pub(crate) const GOLDEN_SIZE: (usize, usize) = (5, 70);

/// The streams of numbers of a case; the same in tools/golden/corpus.py.
const VARIABLE: u64 = 0;
const COTANGENT: u64 = 100;
const DIRECTION: u64 = 200;
const WEIGHTS: u64 = 300;

/// A formula with its variables.
#[derive(Clone, Debug)]
pub(crate) struct Case {
    /// Its name, a Rust identifier.
    pub(crate) name: String,
    /// What its numbers are made from.
    pub(crate) seed: u64,
    /// The variables as written.
    pub(crate) declarations: String,
    /// The same, taken apart.
    pub(crate) variables: Vec<Variable>,
    /// The formula.
    pub(crate) formula: String,
    /// Golden second derivatives exist.
    pub(crate) second: bool,
}

/// A variable of a case.
#[derive(Clone, Debug)]
pub(crate) struct Variable {
    /// Its name, with the index.
    pub(crate) name: String,
    /// Its components are floating numbers, and not labels.
    pub(crate) real: bool,
    /// The numbers in one row.
    pub(crate) width: usize,
    /// The numbers are at least the first and below the second.
    pub(crate) domain: (f64, f64),
}

impl Variable {
    /// How many rows it has.
    pub(crate) fn rows(&self, (m, n): (usize, usize)) -> usize {
        match self.name.rsplit_once('_') {
            Some((_, "i")) => m,
            Some((_, "j")) => n,
            _ => 1,
        }
    }
}

impl Case {
    /// The case as an item: `fn name<T>(…) { … }`.
    pub(crate) fn item(&self) -> String {
        let order = if self.second {
            "#[keops(order = 2)] "
        } else {
            ""
        };
        format!(
            "{order}fn {}<T>({}) {{ {} }}",
            self.name, self.declarations, self.formula
        )
    }

    /// The rows of every variable, as numbers.
    pub(crate) fn inputs(&self, size: (usize, usize)) -> Vec<Vec<f64>> {
        let of = |(k, variable): (usize, &Variable)| {
            let (low, high) = variable.domain;
            let count = variable.rows(size) * variable.width;
            let mut data = numbers(self.seed, VARIABLE + k as u64, count, low, high);
            if !variable.real {
                data.iter_mut().for_each(|x| *x = x.floor());
            }
            data
        };
        self.variables.iter().enumerate().map(of).collect()
    }

    /// The cotangent of the `k`-th floating result.
    pub(crate) fn cotangent(&self, k: usize, count: usize) -> Vec<f64> {
        numbers(self.seed, COTANGENT + k as u64, count, -1.0, 1.0)
    }

    /// The direction in which the `k`-th variable moves, for second derivatives.
    pub(crate) fn direction(&self, k: usize, count: usize) -> Vec<f64> {
        numbers(self.seed, DIRECTION + k as u64, count, -1.0, 1.0)
    }
}

/// `count` numbers between `low` and `high`: SplitMix64 of a counter, its upper 53 bits as a fraction.
pub(crate) fn numbers(seed: u64, stream: u64, count: usize, low: f64, high: f64) -> Vec<f64> {
    let start = seed
        .wrapping_mul(0x9E37_79B9_7F4A_7C15)
        .wrapping_add(stream.wrapping_mul(0xBF58_476D_1CE4_E5B9));
    let number = |k: u64| {
        let mut z = start.wrapping_add(k.wrapping_mul(0x94D0_49BB_1331_11EB));
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^= z >> 31;
        low + (high - low) * ((z >> 11) as f64 * (1.0 / (1_u64 << 53) as f64))
    };
    (1..=count as u64).map(number).collect()
}

/// All cases, by file and in order.
///
/// # Panics
///
/// If a file is not as it should be.
pub(crate) fn cases() -> Vec<Case> {
    let mut files: Vec<PathBuf> = std::fs::read_dir(folder())
        .expect("the corpus is there")
        .map(|entry| entry.expect("its entries can be read").path())
        .filter(|path| path.extension().is_some_and(|end| end == "toml"))
        .collect();
    files.sort();
    let first = first_seed();
    let mut cases: Vec<Case> = files.iter().flat_map(|file| cases_of(file)).collect();
    for case in &mut cases {
        case.seed = case.seed.wrapping_add(first);
    }
    cases
}

/// What the golden values were asked to count the seeds of all cases from.
fn first_seed() -> u64 {
    let text = golden_text();
    let seed = text.lines().find_map(|line| line.strip_prefix("seed "));
    let seed = seed.expect("golden values say their seed");
    seed.parse().expect("a seed is an integer")
}

fn golden_text() -> String {
    std::fs::read_to_string(folder().join("golden.txt")).expect("golden values are there")
}

fn folder() -> PathBuf {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    let corpus = [here.join("corpus"), here.join("../tests/corpus")];
    corpus
        .into_iter()
        .find(|folder| folder.join("golden.txt").exists())
        .expect("the corpus is there")
}

fn cases_of(file: &Path) -> Vec<Case> {
    let text = std::fs::read_to_string(file).expect("a file of the corpus can be read");
    let table: toml::Table = text
        .parse()
        .unwrap_or_else(|error| panic!("{}: {error}", file.display()));
    let cases = table["case"].as_array().expect("an array of cases");
    cases
        .iter()
        .map(|case| case_of(case.as_table().expect("a case is a table")))
        .collect()
}

fn case_of(case: &toml::Table) -> Case {
    let text = |field: &str| match case.get(field).and_then(toml::Value::as_str) {
        Some(text) => text.to_string(),
        None => panic!("a case has a text `{field}`: {case:?}"),
    };
    let declarations = text("variables");
    let domains = case.get("domains").and_then(toml::Value::as_table);
    let variables = declarations
        .split(", ")
        .map(|declared| {
            let (name, ty) = declared.split_once(": ").expect("`name: type`");
            let dims = ty
                .split("; ")
                .skip(1)
                .map(|rest| rest.trim_end_matches(']').parse::<usize>());
            let parts = if ty.contains("Complex") { 2 } else { 1 };
            let width = dims
                .map(|size| size.expect("a dimension is a number"))
                .product::<usize>()
                * parts;
            let real = ty.contains('T');
            let domain = domains.and_then(|domains| domains.get(name)).map(|pair| {
                let number = |k: usize| {
                    pair[k]
                        .as_float()
                        .or(pair[k].as_integer().map(|n| n as f64))
                };
                (number(0).expect("a number"), number(1).expect("a number"))
            });
            let domain = domain.unwrap_or(if real { (-1.0, 1.0) } else { (0.0, 4.0) });
            Variable {
                name: name.into(),
                real,
                width,
                domain,
            }
        })
        .collect();
    Case {
        name: text("name"),
        seed: case["seed"].as_integer().expect("a seed is an integer") as u64,
        declarations,
        variables,
        formula: text("formula"),
        second: case
            .get("second")
            .and_then(toml::Value::as_bool)
            .unwrap_or(false),
    }
}

/// What JAX says of a case at [`GOLDEN_SIZE`].
#[derive(Clone, Debug, Default)]
pub(crate) struct Golden {
    /// The results, in order.
    pub(crate) values: Vec<Numbers>,
    /// The gradients by floating variables, with their names.
    pub(crate) gradients: Vec<(String, Numbers)>,
    /// The change of the gradients in the variables' directions.
    pub(crate) hessian: Vec<(String, Numbers)>,
}

/// An array of the golden file: some of its entries, and a checksum of all.
#[derive(Clone, Debug)]
pub(crate) struct Numbers {
    len: usize,
    checksum: f64,
    shown: Vec<f64>,
}

impl Numbers {
    /// What is wrong with an array that should be this one. Entries may differ by `tolerance` times
    /// the largest of them, or 1.
    pub(crate) fn fault(&self, seed: u64, data: &[f64], tolerance: f64) -> Option<String> {
        if data.len() != self.len {
            return Some(format!("{} numbers, not {}", data.len(), self.len));
        }
        let finite = |x: &&f64| x.is_finite();
        let scale = self
            .shown
            .iter()
            .filter(finite)
            .fold(1.0, |scale: f64, x| scale.max(x.abs()));
        for (k, &wanted) in self.shown.iter().enumerate() {
            let at = if self.shown.len() == self.len {
                k
            } else {
                k * self.len / self.shown.len()
            };
            let same = data[at] == wanted || (data[at] - wanted).abs() <= tolerance * scale;
            if !same {
                return Some(format!(
                    "[{at}] is {:e}, not {wanted:e} (scale {scale:e})",
                    data[at]
                ));
            }
        }
        let weights = numbers(seed, WEIGHTS, self.len, -1.0, 1.0);
        let terms = data.iter().zip(&weights).filter(|(x, _)| finite(x));
        let checksum: f64 = terms.map(|(x, w)| x * w).sum();
        let close = (checksum - self.checksum).abs() <= tolerance * scale * self.len as f64;
        (!close).then(|| format!("the checksum is {checksum:e}, not {:e}", self.checksum))
    }
}

/// The golden values of every case.
///
/// # Panics
///
/// If the file is not as it should be.
pub(crate) fn golden() -> std::collections::HashMap<String, Golden> {
    read(&golden_text())
}

/// The cases of a file of golden values.
///
/// # Panics
///
/// If the text is not as it should be.
pub(crate) fn read(text: &str) -> std::collections::HashMap<String, Golden> {
    let mut all = std::collections::HashMap::new();
    let mut current: Option<&mut Golden> = None;
    for line in text
        .lines()
        .filter(|line| !line.is_empty() && !line.starts_with('#') && !line.starts_with("seed "))
    {
        if let Some(name) = line.strip_prefix("case ") {
            current = Some(all.entry(name.to_string()).or_insert_with(Golden::default));
            continue;
        }
        let golden = current.as_mut().expect("a case begins before its numbers");
        let (label, shown) = line.split_once(": ").expect("a label before the numbers");
        let words: Vec<&str> = label.split(' ').collect();
        let number = |text: &str| {
            text.parse::<f64>()
                .unwrap_or_else(|_| panic!("no number: `{text}`"))
        };
        let array = Numbers {
            len: words[words.len() - 2].parse().expect("a length"),
            checksum: number(words[words.len() - 1]),
            shown: shown.split(' ').map(number).collect(),
        };
        match words[..] {
            ["value", _, _] => golden.values.push(array),
            ["gradient", name, _, _] => golden.gradients.push((name.into(), array)),
            ["hessian", name, _, _] => golden.hessian.push((name.into(), array)),
            _ => panic!("unknown label `{label}`"),
        }
    }
    all
}
