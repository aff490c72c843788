//! Expressions.

use proc_macro2::{Delimiter, Ident};

use super::faults::{no_value, not_a_value, unexpected};
use super::operator::{Operation, Operator, SUM, UNARY};
use super::tokens::Tokens;
use super::{Parsed, Parser, names, nothing, number, subscript};
use crate::ast::{Axis, Block, Expr, ExprKind, Span, Unary};
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
    const START: Context = Context {
        min: 0,
        bars: 0,
        tight: None,
    };
}

impl Parser {
    /// The whole of an expression, which ends before what cannot belong to it.
    pub(super) fn value(&mut self, tokens: &mut Tokens<'_>) -> Parsed<Expr> {
        self.expression(tokens, Context::START)
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
            return Err(
                Diagnostic::new(tokens.here(), "the formula is nested too deeply")
                    .help("name parts of it with `let`")
                    .into(),
            );
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
                left = Expr {
                    kind: ExprKind::Index {
                        base: Box::new(left),
                        subscripts,
                    },
                    span,
                };
                continue;
            }
            if tokens.at(".") && !tokens.at("..") {
                return Err(Diagnostic::new(tokens.here(), "there are no fields or methods here")
                    .help("write `v[k]` for a component, `f(v)` for a call, `let (a, b) = …;` to take a tuple apart")
                    .into());
            }
            let Some(operator) = Operator::next(tokens, context.bars) else {
                return Ok(left);
            };
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
            let right = self.expression(
                tokens,
                Context {
                    min: operator.right,
                    tight,
                    ..context
                },
            )?;
            left = operator.apply(left, right);
        }
        Err(
            Diagnostic::new(left.span, format!("more than {CHAIN} operations in a row"))
                .help("name parts of them with `let`")
                .into(),
        )
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
                let operand = self.expression(
                    tokens,
                    Context {
                        min: UNARY,
                        ..context
                    },
                )?;
                let span = start.to(operand.span);
                return Ok(Expr {
                    kind: ExprKind::Unary(unary, Box::new(operand)),
                    span,
                });
            }
        }
        if let Some(bar) = tokens.symbol("|") {
            return self.norm(tokens, context, bar);
        }
        if let Some((inside, span)) = tokens.group(Delimiter::Parenthesis) {
            let mut parts = self.list(inside, ", `,` or `)`");
            return match (parts.pop(), parts.is_empty()) {
                (None, _) => {
                    Err(Diagnostic::new(span, "expected a value in the parentheses").into())
                }
                (Some(only), true) => Ok(Expr { span, ..only }),
                (Some(last), false) => {
                    parts.push(last);
                    Ok(Expr {
                        kind: ExprKind::Tuple(parts),
                        span,
                    })
                }
            };
        }
        if let Some((inside, span)) = tokens.group(Delimiter::Bracket) {
            return Ok(Expr {
                kind: ExprKind::Concat(self.list(inside, ", `,` or `]`")),
                span,
            });
        }
        if let Some(literal) = tokens.literal() {
            return Ok(Expr {
                kind: ExprKind::Number(number::number(literal)?),
                span: start,
            });
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
        let Some(name) = tokens.name() else {
            return Err(no_value(tokens));
        };
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
            return Ok(Expr {
                kind: ExprKind::Call { name, args },
                span,
            });
        }
        if names::reduction(&name.to_string()).is_some() {
            return Err(Diagnostic::new(&name, format!("`{name}` is a reduction"))
                .help(format!("write `{name}(…)`"))
                .into());
        }
        Ok(Expr {
            kind: ExprKind::Name(name),
            span: start,
        })
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
                    .help(format!(
                        "write `({name} …){after}` or `{name} ((…){after})`"
                    ))
                    .into());
            }
        }
        let min = if context.tight.is_some() { UNARY } else { SUM };
        let body = self.expression(
            tokens,
            Context {
                min,
                tight: None,
                ..context
            },
        )?;
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
            return Err(
                Diagnostic::new(body.span, format!("`{name}` sums one value"))
                    .help(format!("write `({name} a, {name} b)`"))
                    .into(),
            );
        }
        Ok(Expr {
            kind: ExprKind::Sum {
                axis,
                name,
                body: Box::new(body),
            },
            span,
        })
    }

    /// `|v|`, after the first bar.
    fn norm(&mut self, tokens: &mut Tokens<'_>, context: Context, bar: Span) -> Parsed<Expr> {
        let inside = Context {
            min: 0,
            bars: context.bars + 1,
            tight: None,
        };
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
        Ok(Expr {
            kind: ExprKind::Norm(Box::new(value)),
            span: bar.to(close),
        })
    }

    /// `if … { … } else { … }`.
    fn conditional(&mut self, tokens: &mut Tokens<'_>) -> Parsed<Expr> {
        let start = Span::from(tokens.here());
        tokens.word("if");
        let condition = Box::new(self.value(tokens)?);
        let then = self.branch(tokens, false)?;
        if tokens.word("else").is_none() {
            return Err(Diagnostic::new(
                start.to(tokens.last()),
                "an `if` without `else` has no value",
            )
            .help("write `if … { … } else { … }`")
            .into());
        }
        let otherwise = if tokens.at_word("if") {
            let result = self.deeper(tokens, |parser, tokens| parser.conditional(tokens))?;
            Block {
                lets: Vec::new(),
                result: Box::new(result),
            }
        } else {
            self.branch(tokens, true)?
        };
        let span = start.to(tokens.last());
        Ok(Expr {
            kind: ExprKind::If {
                condition,
                then,
                otherwise,
            },
            span,
        })
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
            parts.push(self.value(tokens)?);
            if !tokens.is_empty() && tokens.symbol(",").is_none() {
                return Err(unexpected(tokens, separator));
            }
        }
        Ok(())
    }
}
