//! The name that was meant.

/// The candidate nearest to a name, if one is near. A name with another index is nearest of all, and
/// capitals do not count.
pub(super) fn nearest<'a>(
    name: &str,
    candidates: impl Iterator<Item = &'a str>,
) -> Option<&'a str> {
    // One letter is nearest to every other: it must be the same, but for capitals and the index.
    let far = match name.chars().count() {
        0 | 1 => 1,
        count => 2 * (count / 3).max(1),
    };
    candidates
        .map(|candidate| (distance_between(name, candidate), candidate))
        .filter(|&(distance, _)| distance <= far)
        .min_by_key(|&(distance, _)| distance)
        .map(|(_, candidate)| candidate)
}

/// Twice the number of edits; 1 for names that differ in the index only.
fn distance_between(name: &str, candidate: &str) -> usize {
    let (name, candidate) = (name.to_lowercase(), candidate.to_lowercase());
    if name != candidate && stem(&name) == stem(&candidate) {
        return 1;
    }
    2 * distance(&name, &candidate)
}

fn stem(name: &str) -> &str {
    ["_i", "_j", "_b"]
        .iter()
        .find_map(|index| name.strip_suffix(index))
        .unwrap_or(name)
}

/// Insertions, removals, replacements and exchanges of neighbours that make one of the other.
fn distance(a: &str, b: &str) -> usize {
    let (a, b): (Vec<char>, Vec<char>) = (a.chars().collect(), b.chars().collect());
    let mut rows = vec![(0..=b.len()).collect::<Vec<usize>>()];
    for i in 1..=a.len() {
        let mut row = vec![i];
        for j in 1..=b.len() {
            let replaced = rows[i - 1][j - 1] + usize::from(a[i - 1] != b[j - 1]);
            let mut least = replaced.min(rows[i - 1][j] + 1).min(row[j - 1] + 1);
            if i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1] {
                least = least.min(rows[i - 2][j - 2] + 1);
            }
            row.push(least);
        }
        rows.push(row);
    }
    rows[a.len()][b.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn edits_are_counted() {
        assert_eq!(distance("exp", "exp"), 0);
        assert_eq!(distance("epx", "exp"), 1);
        assert_eq!(distance("expf", "exp"), 1);
        assert_eq!(distance("sqnrm", "sqnorm"), 1);
        assert_eq!(distance("", "abc"), 3);
    }

    #[test]
    fn the_nearest_name_is_offered_if_it_is_near() {
        let names = ["x_i", "y_j", "gamma", "g"];
        assert_eq!(nearest("gama", names.into_iter()), Some("gamma"));
        assert_eq!(nearest("y_i", names.into_iter()), Some("y_j"));
        assert_eq!(nearest("x", names.into_iter()), Some("x_i"));
        assert_eq!(nearest("Gamma", names.into_iter()), Some("gamma"));
        assert_eq!(nearest("sigma", ["lengthscale"].into_iter()), None);
        assert_eq!(nearest("q", ["a", "g"].into_iter()), None);
    }
}
