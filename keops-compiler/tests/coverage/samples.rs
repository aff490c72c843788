//! A formula for every name of docs/OPERATIONS.md: samples.txt.

const SAMPLES: &str = include_str!("samples.txt");

/// What a gradient of a sample is.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Gradient {
    /// The slope.
    Slope,
    /// 0, since the value does not change with small steps.
    Constant,
    /// There is none: the results are not floating numbers.
    None,
}

/// A formula that uses a name.
pub(crate) struct Sample {
    pub(crate) name: String,
    /// `fn f<T>(…) { … }`
    pub(crate) item: String,
    pub(crate) low: f64,
    pub(crate) high: f64,
    pub(crate) gradient: Gradient,
}

/// All of them.
pub(crate) fn samples() -> Vec<Sample> {
    let lines = SAMPLES
        .lines()
        .filter(|line| !line.is_empty() && !line.starts_with("# "));
    let sample = |line: &str| {
        let line = line.replace("\\|", "\0");
        let mut parts = line.split('|').map(|part| part.trim().replace('\0', "|"));
        let mut next = || parts.next().unwrap_or_default();
        let (names, variables, formula, bounds) = (next(), next(), next(), next());
        let bounds: Vec<&str> = bounds.split_whitespace().collect();
        let bound = |k: usize, default| bounds.get(k).map_or(default, |x| x.parse().unwrap());
        let (low, high) = (bound(0, -1.0), bound(1, 1.0));
        let gradient = match bounds.get(2) {
            None => Gradient::Slope,
            Some(&"constant") => Gradient::Constant,
            Some(&"flat") => Gradient::None,
            Some(other) => panic!("`{other}` in the samples"),
        };
        let names: Vec<String> = names.split_whitespace().map(String::from).collect();
        names.into_iter().map(move |name| Sample {
            item: format!(
                "fn f<T>({variables}) {{ {} }}",
                formula.replace("NAME", &name)
            ),
            name,
            low,
            high,
            gradient,
        })
    };
    lines.flat_map(sample).collect()
}
