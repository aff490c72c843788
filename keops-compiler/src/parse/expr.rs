//! Expressions and blocks.

use proc_macro2::{Delimiter, Ident};

use super::operator::{Operation, Operator, SUM, UNARY};
use super::tokens::Tokens;
use super::{Parsed, Parser, names, nothing, number, subscript};
use crate::ast::{Axis, Block, Expr, ExprKind, Let, Pattern, Span, Unary};
use crate::diagnostic::Diagnostic;

/// Expressions within expressions: deeper, the compiler's stack would not do.
const DEPTH: usize = 128;
/// Operations in a row without parentheses: `a + b + c + …`; the tree is as deep.
const CHAIN: usize = 1000;

/// What surrounds an expression.
#[derive(Clone, Copy)]
struct Context {
    /// Operations to the right that bind less are not part of it.
    min: u8,
    /// How many bars are open.
    bars: u32,
    /// It is the right operand of this operation, which a `sum_j` needs to know.
    tight: Option<&'static str>,
}

impl Context {
    const START: Context = Context { min: 0, bars: 0, tight: None };
}

impl Parser {
    /// Definitions, then a value, then the end of the tokens, which `end` names: `" or `;`"`.
    pub(super) fn block(&mut self, tokens: &mut Tokens<'_>, end: &str) -> Parsed<Block> {
        let block = self.body(tokens)?;
        if tokens.at(";") {
            let semicolon = tokens.here();
            return Err(if tokens.tree().is_some() && tokens.is_empty() {
                Diagnostic::new(semicolon, "the value of a block has no `;` after it")
                    .help("remove the `;`")
            } else {
                Diagnostic::new(semicolon, "only a `let` ends with `;`")
                    .help("write `let name = …;` before the value")
            }
            .into());
        }
        if tokens.is_empty() { Ok(block) } else { Err(unexpected(tokens, end)) }
    }

    /// Definitions, then a value. Faults within a definition are kept, and what follows is read.
    pub(super) fn body(&mut self, tokens: &mut Tokens<'_>) -> Parsed<Block> {
        let mut lets = Vec::new();
        while tokens.at_word("let") {
            let mut ahead = *tokens;
            match self.definition(&mut ahead) {
                Ok(definition) => lets.push(definition),
                Err(fault) => {
                    self.diagnostics.push(fault);
                    // A missing `;`: where the value begins is a guess, which would be a second fault.
                    if ahead.at_name().is_some() && !ahead.at_word("let") {
                        while tokens.tree().is_some() {}
                        return Ok(nothing());
                    }
                    while !ahead.at_word("let") && ahead.symbol(";").is_none() {
                        if ahead.tree().is_none() {
                            *tokens = ahead;
                            return Ok(nothing());
                        }
                    }
                }
            }
            *tokens = ahead;
        }
        let result = Box::new(self.expression(tokens, Context::START)?);
        Ok(Block { lets, result })
    }

    fn definition(&mut self, tokens: &mut Tokens<'_>) -> Parsed<Let> {
        tokens.word("let");
        if let Some(span) = tokens.word("mut") {
            return Err(Diagnostic::new(span, "a `let` has no `mut`: it names a value")
                .help("remove `mut`")
                .into());
        }
        let pattern = match tokens.group(Delimiter::Parenthesis) {
            Some((inside, span)) => Pattern::Tuple(tuple_pattern(inside)?, span),
            None => Pattern::Name(new_name(tokens)?),
        };
        if tokens.at(":") {
            return Err(Diagnostic::new(tokens.here(), "a `let` has no type: it is inferred")
                .help("write `let name = …;`")
                .into());
        }
        if tokens.at("==") || tokens.symbol("=").is_none() {
            return Err(Diagnostic::new(tokens.here(), "expected `=` after the name")
                .help("write `let name = …;`")
                .into());
        }
        let value = self.expression(tokens, Context::START)?;
        match tokens.symbol(";") {
            Some(_) => Ok(Let { pattern, value }),
            None => Err(unexpected(tokens, " or `;`")),
        }
    }

    fn expression(&mut self, tokens: &mut Tokens<'_>, context: Context) -> Parsed<Expr> {
        self.deeper(tokens, |parser, tokens| parser.operations(tokens, context))
    }

    fn deeper<'a, T>(
        &mut self,
        tokens: &mut Tokens<'a>,
        read: impl FnOnce(&mut Parser, &mut Tokens<'a>) -> Parsed<T>,
    ) -> Parsed<T> {
        if self.depth == DEPTH {
            return Err(Diagnostic::new(tokens.here(), "the formula is nested too deeply")
                .help("name parts of it with `let`")
                .into());
        }
        self.depth += 1;
        let value = read(self, tokens);
        self.depth -= 1;
        value
    }

    fn operations(&mut self, tokens: &mut Tokens<'_>, context: Context) -> Parsed<Expr> {
        let mut left = self.operand(tokens, context)?;
        let mut compared = None;
        for _ in 0..CHAIN {
            if let Some((inside, brackets)) = tokens.group(Delimiter::Bracket) {
                let read = |_: &mut Parser, tokens: &mut _| subscript::subscripts(tokens);
                let subscripts = self.within(inside, read, Vec::new);
                let span = left.span.to(brackets);
                left = Expr { kind: ExprKind::Index { base: Box::new(left), subscripts }, span };
                continue;
            }
            if tokens.at(".") && !tokens.at("..") {
                return Err(Diagnostic::new(tokens.here(), "there are no fields or methods here")
                    .help("write `v[k]` for a component, `f(v)` for a call, `let (a, b) = …;` to take a tuple apart")
                    .into());
            }
            let Some(operator) = Operator::next(tokens, context.bars) else { return Ok(left) };
            if operator.left < context.min {
                return Ok(left);
            }
            let span = tokens.symbol(operator.symbol).unwrap_or(left.span);
            if let Operation::Compare(_) = operator.operation {
                if let Some(first) = compared {
                    let second = operator.symbol;
                    return Err(Diagnostic::new(span, "comparisons do not chain")
                        .help(format!("write `a {first} b && b {second} c`"))
                        .into());
                }
                compared = Some(operator.symbol);
            } else {
                compared = None;
            }
            if operator.symbol == "*" && tokens.at("*") {
                let span = span.to(tokens.here());
                return Err(Diagnostic::new(span, "there is no `**`")
                    .help("write `a ^ b` for a power")
                    .into());
            }
            let tight = operator.is_tight().then_some(operator.symbol);
            let right =
                self.expression(tokens, Context { min: operator.right, tight, ..context })?;
            left = operator.apply(left, right);
        }
        Err(Diagnostic::new(left.span, format!("more than {CHAIN} operations in a row"))
            .help("name parts of them with `let`")
            .into())
    }

    /// What stands between infix operations: a value, with the operations in front of it.
    fn operand(&mut self, tokens: &mut Tokens<'_>, context: Context) -> Parsed<Expr> {
        if let Some((inside, span)) = tokens.substituted() {
            let mut parts = self.list(inside, ", or nothing more from the macro");
            return match (parts.pop(), parts.is_empty()) {
                (Some(only), true) => Ok(Expr { span, ..only }),
                _ => Err(Diagnostic::new(span, "expected one value from the macro").into()),
            };
        }
        let start = Span::from(tokens.here());
        for (symbol, unary) in [("-", Unary::Neg), ("!", Unary::Not)] {
            if tokens.symbol(symbol).is_some() {
                let operand = self.expression(tokens, Context { min: UNARY, ..context })?;
                let span = start.to(operand.span);
                return Ok(Expr { kind: ExprKind::Unary(unary, Box::new(operand)), span });
            }
        }
        if let Some(bar) = tokens.symbol("|") {
            return self.norm(tokens, context, bar);
        }
        if let Some((inside, span)) = tokens.group(Delimiter::Parenthesis) {
            let mut parts = self.list(inside, ", `,` or `)`");
            return match (parts.pop(), parts.is_empty()) {
                (None, _) => Err(Diagnostic::new(span, "expected a value in the parentheses").into()),
                (Some(only), true) => Ok(Expr { span, ..only }),
                (Some(last), false) => {
                    parts.push(last);
                    Ok(Expr { kind: ExprKind::Tuple(parts), span })
                }
            };
        }
        if let Some((inside, span)) = tokens.group(Delimiter::Bracket) {
            return Ok(Expr { kind: ExprKind::Concat(self.list(inside, ", `,` or `]`")), span });
        }
        if let Some(literal) = tokens.literal() {
            return Ok(Expr { kind: ExprKind::Number(number::number(literal)?), span: start });
        }
        if tokens.at_word("if") {
            return self.conditional(tokens);
        }
        match tokens.at_name() {
            Some(_) => self.named(tokens, context),
            None => Err(no_value(tokens)),
        }
    }

    /// A name, a call, or a sum.
    fn named(&mut self, tokens: &mut Tokens<'_>, context: Context) -> Parsed<Expr> {
        let Some(name) = tokens.name() else { return Err(no_value(tokens)) };
        if names::is_word(&name) {
            return Err(not_a_value(&name));
        }
        let start = Span::from(&name);
        if let Some(axis) = names::sum(&name) {
            return self.sum(tokens, context, name, axis);
        }
        if let Some((inside, parentheses)) = tokens.group(Delimiter::Parenthesis) {
            let args = self.list(inside, ", `,` or `)`");
            let span = start.to(parentheses);
            return Ok(Expr { kind: ExprKind::Call { name, args }, span });
        }
        if names::reduction(&name.to_string()).is_some() {
            return Err(Diagnostic::new(&name, format!("`{name}` is a reduction"))
                .help(format!("write `{name}(…)`"))
                .into());
        }
        Ok(Expr { kind: ExprKind::Name(name), span: start })
    }

    /// `sum_j` as in mathematics: it takes the product to its right. Where that and the reading as
    /// a call differ, it is a fault.
    fn sum(
        &mut self,
        tokens: &mut Tokens<'_>,
        context: Context,
        name: Ident,
        axis: Axis,
    ) -> Parsed<Expr> {
        let twice = |span| Diagnostic::new(span, format!("`{name}` can be read in two ways here"));
        let start = Span::from(&name);
        let mut ahead = *tokens;
        if let Some((_, parentheses)) = ahead.group(Delimiter::Parenthesis) {
            let after = if ahead.at("^") {
                "^…"
            } else if ahead.at_group(Delimiter::Bracket) {
                "[…]"
            } else {
                ""
            };
            if !after.is_empty() {
                return Err(twice(start.to(parentheses))
                    .help(format!("write `({name} …){after}` or `{name} ((…){after})`"))
                    .into());
            }
        }
        let min = if context.tight.is_some() { UNARY } else { SUM };
        let body = self.expression(tokens, Context { min, tight: None, ..context })?;
        let span = start.to(body.span);
        if let (Some(before), Some(next)) = (context.tight, Operator::next(tokens, context.bars))
            && next.left >= SUM
        {
            let after = next.symbol;
            return Err(twice(span)
                .help(format!(
                    "write `… {before} ({name} …) {after} …` or `… {before} ({name} … {after} …)`"
                ))
                .into());
        }
        if let ExprKind::Tuple(_) = body.kind {
            return Err(Diagnostic::new(body.span, format!("`{name}` sums one value"))
                .help(format!("write `({name} a, {name} b)`"))
                .into());
        }
        Ok(Expr { kind: ExprKind::Sum { axis, name, body: Box::new(body) }, span })
    }

    /// `|v|`, after the first bar.
    fn norm(&mut self, tokens: &mut Tokens<'_>, context: Context, bar: Span) -> Parsed<Expr> {
        let inside = Context { min: 0, bars: context.bars + 1, tight: None };
        let value = self.expression(tokens, inside)?;
        let pair = *tokens;
        let Some(close) = tokens.symbol("|") else {
            let fault = unexpected(tokens, " or the closing `|`");
            let ended = tokens.is_empty() || tokens.at(",") || tokens.at(";");
            return Err(if ended {
                fault.second(bar, "this `|` is never closed").into()
            } else {
                fault
            });
        };
        if context.bars == 0 && pair.at("||") && !pair.at("|||") {
            return Err(Diagnostic::new(
                close.to(tokens.here()),
                "`||` between bars closes two of them, and one is open",
            )
            .help("write `|(a || b)|` for a disjunction, `|a| * |b|` for a product")
            .into());
        }
        Ok(Expr { kind: ExprKind::Norm(Box::new(value)), span: bar.to(close) })
    }

    /// `if … { … } else { … }`.
    fn conditional(&mut self, tokens: &mut Tokens<'_>) -> Parsed<Expr> {
        let start = Span::from(tokens.here());
        tokens.word("if");
        let condition = Box::new(self.expression(tokens, Context::START)?);
        let then = self.branch(tokens, false)?;
        if tokens.word("else").is_none() {
            return Err(Diagnostic::new(start.to(tokens.last()), "an `if` without `else` has no value")
                .help("write `if … { … } else { … }`")
                .into());
        }
        let otherwise = if tokens.at_word("if") {
            let result = self.deeper(tokens, |parser, tokens| parser.conditional(tokens))?;
            Block { lets: Vec::new(), result: Box::new(result) }
        } else {
            self.branch(tokens, true)?
        };
        let span = start.to(tokens.last());
        Ok(Expr { kind: ExprKind::If { condition, then, otherwise }, span })
    }

    fn branch(&mut self, tokens: &mut Tokens<'_>, after_else: bool) -> Parsed<Block> {
        match tokens.group(Delimiter::Brace) {
            Some((inside, _)) => {
                Ok(self.within(inside, |parser, tokens| parser.block(tokens, " or `}`"), nothing))
            }
            None if after_else => {
                Err(Diagnostic::new(tokens.here(), "expected `{` or `if` after `else`").into())
            }
            None => Err(unexpected(tokens, " or `{`")),
        }
    }

    /// Values separated by commas: all that a pair of brackets holds.
    fn list(&mut self, mut inside: Tokens<'_>, separator: &str) -> Vec<Expr> {
        let mut parts = Vec::new();
        if let Err(fault) = self.parts(&mut inside, separator, &mut parts) {
            self.diagnostics.push(fault);
            parts = vec![*nothing().result];
        }
        parts
    }

    fn parts(
        &mut self,
        tokens: &mut Tokens<'_>,
        separator: &str,
        parts: &mut Vec<Expr>,
    ) -> Parsed<()> {
        while !tokens.is_empty() {
            parts.push(self.expression(tokens, Context::START)?);
            if !tokens.is_empty() && tokens.symbol(",").is_none() {
                return Err(unexpected(tokens, separator));
            }
        }
        Ok(())
    }
}

fn tuple_pattern(mut inside: Tokens<'_>) -> Parsed<Vec<Ident>> {
    let mut names = Vec::new();
    while !inside.is_empty() {
        names.push(new_name(&mut inside)?);
        if !inside.is_empty() && inside.symbol(",").is_none() {
            return Err(Diagnostic::new(inside.here(), "expected `,` or `)`")
                .help("write `let (a, b) = …;`")
                .into());
        }
    }
    if names.len() < 2 {
        return Err(Diagnostic::new(inside.here(), "a tuple has two parts or more")
            .help("write `let (a, b) = …;` or `let a = …;`")
            .into());
    }
    Ok(names)
}

fn new_name(tokens: &mut Tokens<'_>) -> Parsed<Ident> {
    let Some(name) = tokens.name() else {
        return Err(Diagnostic::new(tokens.here(), "expected a name")
            .help("write `let name = …;` or `let (a, b) = …;`")
            .into());
    };
    names::free(&name)?;
    Ok(name)
}

/// A value is complete, and what follows is neither an operation nor the end.
pub(super) fn unexpected(tokens: &Tokens<'_>, end: &str) -> Box<Diagnostic> {
    let here = tokens.here();
    let pair = |symbol: &str| {
        let mut ahead = *tokens;
        ahead.symbol(symbol)
    };
    let expected = |span: Span| Diagnostic::new(span, format!("expected an operator{end}"));
    if tokens.is_empty() {
        expected(here.into())
    } else if tokens.at("|") {
        Diagnostic::new(here, "this `|` closes nothing, and is not an operation")
            .help("write `dot(a, b)` for an inner product, `|v|` for a norm")
    } else if tokens.at("%") {
        Diagnostic::new(here, "there is no `%`").help("write `mod(a, n)`; it has the sign of `n`")
    } else if tokens.at("&") {
        expected(here.into()).help("write `a && b` for a conjunction")
    } else if tokens.at("=") {
        expected(here.into()).help("write `a == b` for a comparison")
    } else if let Some(range) = pair("..") {
        expected(range).help("a range is an index: `v[a..b]`")
    } else if let Some(path) = pair("::") {
        expected(path).help("functions have no path: write `exp(x)`")
    } else if tokens.at_word("as") {
        expected(here.into()).help("write `float(l)` to compute with a label or an index")
    } else if tokens.at_word("else") {
        Diagnostic::new(here, "this `else` belongs to no `if`")
    } else if tokens.at_literal()
        || tokens.at_name().is_some_and(|name| !names::is_word(&name))
        || tokens.at_group(Delimiter::Parenthesis)
    {
        let ends = if end.contains(';') { "`;` to end it, or " } else { "" };
        expected(here.into()).help(format!("write {ends}`a * b` for a product"))
    } else {
        expected(here.into())
    }
    .into()
}

/// A value should begin here.
fn no_value(tokens: &Tokens<'_>) -> Box<Diagnostic> {
    let fault = |message: &str| Diagnostic::new(tokens.here(), message);
    let mut ahead = *tokens;
    if ahead.is_empty() {
        fault("expected a value")
    } else if ahead.at("+") {
        fault("there is no unary `+`").help("remove the `+`")
    } else if ahead.symbol(".").is_some() {
        let digits = ahead.literal().map_or("5".into(), |literal| literal.to_string());
        fault("a number starts with a digit").help(format!("write `0.{digits}`"))
    } else if ahead.at("<") {
        fault("expected a value").help("write `dot(a, b)` for an inner product")
    } else if ahead.at("&") {
        fault("there are no references in a formula").help("remove the `&`")
    } else {
        fault("expected a value")
    }
    .into()
}

fn not_a_value(word: &Ident) -> Box<Diagnostic> {
    let fault = Diagnostic::new(word, format!("`{word}` cannot start a value"));
    match word.to_string().as_str() {
        "true" | "false" => fault.help("a condition is a comparison, such as `a < b`"),
        "match" | "for" | "while" | "loop" | "return" => {
            fault.help("a choice is written `if c { a } else { b }`, a sum `sum_j f` or `sum(v)`")
        }
        "let" => fault.help("a `let` stands before the value of a block, and ends with `;`"),
        "else" => fault.help("write `if c { a } else { b }`"),
        _ => fault,
    }
    .into()
}
