//! Types of variables and results.

use proc_macro2::{Delimiter, Ident};

use super::tokens::Tokens;
use super::{Parsed, number};
use crate::ast::{Real, ResultTy, Scalar, Span, Ty};
use crate::diagnostic::Diagnostic;

/// The highest rank of an array.
const RANK: usize = 8;
/// How deeply tuples may be nested.
const NESTING: usize = 16;
/// The most components of a row: more are a mistake, and their kernel would not fit a machine.
const COMPONENTS: usize = 1 << 16;

/// The formula's own type parameter.
#[derive(Clone, Copy)]
pub(super) enum Generic<'g> {
    /// An item's: `T` of `fn f<T>`, if it has one.
    Item(Option<&'g Ident>),
    /// The inline form has none.
    Inline,
}

/// The type of a variable.
pub(super) fn variable(tokens: &mut Tokens<'_>, generic: Generic<'_>) -> Parsed<Ty> {
    let ty = array(tokens, generic, RANK)?;
    match ty.scalar {
        Scalar::Bool => Err(Diagnostic::new(ty.span, "`bool` is only a type of results")
            .help("pass a label, of type `u32`, and compare it")
            .into()),
        Scalar::Real(_) | Scalar::Complex(_) | Scalar::U32 => Ok(ty),
    }
}

/// The type after `->`.
pub(super) fn result(tokens: &mut Tokens<'_>, generic: Generic<'_>) -> Parsed<ResultTy> {
    part(tokens, generic, NESTING)
}

/// A result, or a part of one; `depth` more tuples may be nested in it.
fn part(tokens: &mut Tokens<'_>, generic: Generic<'_>, depth: usize) -> Parsed<ResultTy> {
    if let Some((mut inside, _)) = tokens.substituted() {
        return part(&mut inside, generic, depth);
    }
    if let Some((inside, span)) = tokens.group(Delimiter::Parenthesis) {
        if depth == 0 {
            return Err(Diagnostic::new(span, "this tuple is nested too deeply").into());
        }
        return tuple(inside, span, generic, depth - 1);
    }
    let mut ahead = *tokens;
    if let Some(start) = path(&mut ahead).filter(|name| name == "Matrix") {
        let scalar = argument(&mut ahead, &start, generic)?;
        *tokens = ahead;
        return match scalar {
            Some(scalar) => Ok(ResultTy::Matrix(
                scalar,
                Span::from(&start).to(tokens.last()),
            )),
            None => Err(
                Diagnostic::new(&start, "a kernel matrix has scalar entries")
                    .help("write `Matrix<T>`, `Matrix<f32>` or `Matrix<f64>`")
                    .into(),
            ),
        };
    }
    array(tokens, generic, RANK).map(ResultTy::Value)
}

fn tuple(
    mut inside: Tokens<'_>,
    span: Span,
    generic: Generic<'_>,
    depth: usize,
) -> Parsed<ResultTy> {
    let mut parts = Vec::new();
    while !inside.is_empty() {
        parts.push(part(&mut inside, generic, depth)?);
        if !inside.is_empty() && inside.symbol(",").is_none() {
            return Err(Diagnostic::new(inside.here(), "expected `,` or `)` after a type").into());
        }
    }
    match (parts.pop(), parts.is_empty()) {
        (None, _) => Err(Diagnostic::new(span, "a formula has a result")
            .help("write its type, or leave `-> …` out")
            .into()),
        (Some(only), true) => Ok(only),
        (Some(last), false) => {
            parts.push(last);
            Ok(ResultTy::Tuple(parts, span))
        }
    }
}

/// A scalar, or nested arrays; `rank` more brackets may follow.
fn array(tokens: &mut Tokens<'_>, generic: Generic<'_>, rank: usize) -> Parsed<Ty> {
    if let Some((mut inside, _)) = tokens.substituted() {
        return array(&mut inside, generic, rank);
    }
    let Some((mut inside, span)) = tokens.group(Delimiter::Bracket) else {
        return scalar(tokens, generic);
    };
    if rank == 0 {
        return Err(
            Diagnostic::new(span, format!("an array has at most {RANK} dimensions")).into(),
        );
    }
    let element = array(&mut inside, generic, rank - 1)?;
    let example = |length: &str| format!("write `[{element}; {length}]`");
    if inside.is_empty() {
        return Err(Diagnostic::new(span, "this array type has no length")
            .help(example("3"))
            .into());
    }
    if let Some(comma) = inside.symbol(",") {
        return Err(Diagnostic::new(comma, "expected `;` before the length")
            .help(example("3"))
            .into());
    }
    if inside.symbol(";").is_none() {
        return Err(
            Diagnostic::new(inside.here(), "expected `;` and the length")
                .help(example("3"))
                .into(),
        );
    }
    let place = Span::from(inside.here());
    let fault = || Diagnostic::new(place, "a length is an integer literal").help(example("3"));
    let Some(literal) = inside.literal() else {
        return Err(fault().into());
    };
    let length = number::integer(literal, "a length").map_err(|_| fault())?;
    if !inside.is_empty() {
        return Err(fault().into());
    }
    if length == 0 {
        return Err(Diagnostic::new(place, "a length is at least 1").into());
    }
    let components = element
        .dims
        .iter()
        .fold(length, |product, &n| product.saturating_mul(n));
    if components > COMPONENTS {
        return Err(
            Diagnostic::new(span, format!("a row has at most {COMPONENTS} components")).into(),
        );
    }
    let dims = std::iter::once(length).chain(element.dims).collect();
    Ok(Ty {
        scalar: element.scalar,
        dims,
        span,
    })
}

fn scalar(tokens: &mut Tokens<'_>, generic: Generic<'_>) -> Parsed<Ty> {
    let start = tokens.here();
    let Some(name) = path(tokens) else {
        let fault = Diagnostic::new(start, "expected a type");
        return Err(if tokens.at("&") {
            fault.help("a type is that of one row, without `&`: `f32`, `[f32; 3]`, `u32`")
        } else if tokens.at_group(Delimiter::Parenthesis) {
            fault.help("declare one variable for each part of a tuple")
        } else {
            fault.help("a type is that of one row: `f32`, `[f32; 3]`, `u32`")
        }
        .into());
    };
    let ty = |scalar, end: proc_macro2::Span| {
        Ok(Ty {
            scalar,
            dims: Vec::new(),
            span: Span::from(start).to(end),
        })
    };
    if let Some(real) = real(&name, generic) {
        return ty(Scalar::Real(real), tokens.last());
    }
    match name.to_string().as_str() {
        "u32" => ty(Scalar::U32, tokens.last()),
        "bool" => ty(Scalar::Bool, tokens.last()),
        "Complex" => match argument(tokens, &name, generic)? {
            Some(Scalar::Real(real)) => ty(Scalar::Complex(real), tokens.last()),
            _ => Err(
                Diagnostic::new(&name, "a complex number has two real parts")
                    .help("write `Complex<T>`, `Complex<f32>` or `Complex<f64>`")
                    .into(),
            ),
        },
        "Matrix" => Err(
            Diagnostic::new(&name, "a matrix is only the whole result of a formula")
                .help("write `[[T; c]; r]` for a row that is a small matrix")
                .into(),
        ),
        _ => Err(unknown(&name, generic)),
    }
}

/// `<scalar>` behind a name; nothing if it is another type.
fn argument(tokens: &mut Tokens<'_>, name: &Ident, generic: Generic<'_>) -> Parsed<Option<Scalar>> {
    if tokens.symbol("<").is_none() {
        return Err(
            Diagnostic::new(name, format!("`{name}` has no component type"))
                .help(format!("write `{name}<f32>`"))
                .into(),
        );
    }
    let ty = array(tokens, generic, RANK)?;
    if tokens.symbol(">").is_none() {
        return Err(Diagnostic::new(tokens.here(), "expected `>` after a type").into());
    }
    let number = matches!(ty.scalar, Scalar::Real(_) | Scalar::Complex(_));
    Ok((number && ty.dims.is_empty()).then_some(ty.scalar))
}

fn real(name: &Ident, generic: Generic<'_>) -> Option<Real> {
    match generic {
        Generic::Item(Some(own)) if own == name => Some(Real::Generic),
        _ if name == "f32" => Some(Real::F32),
        _ if name == "f64" => Some(Real::F64),
        _ => None,
    }
}

/// The last name of a path: `Complex` of `keops::Complex`.
fn path(tokens: &mut Tokens<'_>) -> Option<Ident> {
    let mut name = tokens.name()?;
    while tokens.symbol("::").is_some() {
        name = tokens.name()?;
    }
    Some(name)
}

fn unknown(name: &Ident, generic: Generic<'_>) -> Box<Diagnostic> {
    let fault = Diagnostic::new(name, format!("unknown type `{name}`"));
    let text = name.to_string();
    let integers = [
        "i8", "i16", "i32", "i64", "isize", "u8", "u16", "u64", "usize",
    ];
    if integers.contains(&text.as_str()) {
        return fault
            .help("write `u32` for a label, `f32` or `f64` for a number")
            .into();
    }
    // `T`, `S`: what a type parameter looks like.
    match generic {
        Generic::Item(None) if text.len() == 1 => {
            fault.help(format!("declare it with the formula: `fn name<{text}>(…)`"))
        }
        Generic::Item(Some(own)) if text.len() == 1 => {
            fault.help(format!("the formula's own type is `{own}`"))
        }
        Generic::Inline if text.len() == 1 => {
            fault.help("the inline form has no type of its own: write `f32` or `f64`")
        }
        _ => fault.help("a type is that of one row, without aliases: `f32`, `[f32; 3]`, `u32`"),
    }
    .into()
}
