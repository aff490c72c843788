//! Items, and the inline form's declarations.

use proc_macro2::{Delimiter, Ident, TokenStream, TokenTree};
use quote::ToTokens;

use super::tokens::Tokens;
use super::types::{self, Generic};
use super::{Parsed, Parser, faults, names, nothing, number};
use crate::ast::{Declaration, Inline, Item, Parameter, Span, Ty};
use crate::diagnostic::Diagnostic;

/// What stands before `fn`.
struct Attributes {
    docs: Vec<TokenStream>,
    others: Vec<TokenStream>,
    order: u32,
}

impl Parser {
    /// Items, to the end. After a fault in one, the next is read.
    pub(super) fn items(&mut self, tokens: &mut Tokens<'_>) -> Vec<Item> {
        let mut items = Vec::new();
        while !tokens.is_empty() {
            match self.item(tokens) {
                Ok(item) => items.push(item),
                Err(fault) => {
                    self.diagnostics.push(fault);
                    while !tokens.is_empty() && !tokens.at_word("fn") {
                        if tokens.group(Delimiter::Brace).is_some() {
                            break;
                        }
                        tokens.tree();
                    }
                }
            }
        }
        items
    }

    fn item(&mut self, tokens: &mut Tokens<'_>) -> Parsed<Item> {
        let attributes = self.attributes(tokens)?;
        let start = Span::from(tokens.here());
        let visibility = visibility(tokens);
        if tokens.word("fn").is_none() {
            return Err(Diagnostic::new(tokens.here(), "expected `fn`")
                .help("a formula is written `pub fn name<T>(x_i: [T; 3], …) { … }`")
                .into());
        }
        let Some(name) = tokens.name() else {
            return Err(Diagnostic::new(tokens.here(), "expected the formula's name").into());
        };
        names::free(&name)?;
        let generic = generic(tokens)?;
        let own = Generic::Item(generic.as_ref());
        let Some((mut inside, _)) = tokens.group(Delimiter::Parenthesis) else {
            return Err(
                Diagnostic::new(tokens.here(), "expected `(` and the variables")
                    .help(format!(
                        "write `fn {name}<T>(x_i: [T; 3], y_j: [T; 3]) {{ … }}`"
                    ))
                    .into(),
            );
        };
        let mut parameters: Vec<Parameter> = Vec::new();
        self.variables(
            &mut inside,
            own,
            |parser, name, ty, tokens| {
                if tokens.at("=") {
                    let fault = Diagnostic::new(tokens.here(), "a variable has no default value");
                    parser.diagnostics.push(fault.help("give it in the call"));
                    skip_to_next(tokens);
                }
                parameters.push(Parameter { name, ty });
            },
            "`,` or `)`",
        );
        let result = match tokens.symbol("->") {
            Some(_) => Some(types::result(tokens, own)?),
            None => None,
        };
        if tokens.at_word("where") {
            return Err(Diagnostic::new(tokens.here(), "a formula has no bounds")
                .help("remove the `where`")
                .into());
        }
        let Some((body, braces)) = tokens.group(Delimiter::Brace) else {
            return Err(Diagnostic::new(tokens.here(), "expected `{` and the formula").into());
        };
        let body = self.within(
            body,
            |parser, tokens| parser.block(tokens, " or `}`"),
            nothing,
        );
        let Attributes {
            docs,
            others,
            order,
        } = attributes;
        let span = start.to(braces);
        Ok(Item {
            docs,
            attributes: others,
            order,
            visibility,
            name,
            generic,
            parameters,
            result,
            body,
            span,
        })
    }

    /// The inline form, to the end.
    pub(super) fn inline(&mut self, tokens: &mut Tokens<'_>) -> Inline {
        if tokens.is_empty() {
            let fault = Diagnostic::new(tokens.here(), "expected a formula")
                .help("write `sum_j exp(-|x_i - y_j|^2); x_i: [f32; 3], y_j: [f32; 3]`");
            self.diagnostics.push(fault);
            return Inline {
                body: nothing(),
                declarations: Vec::new(),
            };
        }
        let body = self.body(tokens).and_then(|body| {
            if tokens.is_empty() || tokens.at(";") {
                Ok(body)
            } else {
                Err(faults::unexpected(tokens, " or `;`"))
            }
        });
        let body = body.unwrap_or_else(|fault| {
            self.diagnostics.push(fault);
            while !tokens.at(";") && tokens.tree().is_some() {}
            nothing()
        });
        tokens.symbol(";");
        let mut declarations: Vec<Declaration> = Vec::new();
        self.variables(
            tokens,
            Generic::Inline,
            |parser, name, ty, tokens| {
                let expression = tokens.symbol("=").map(|equals| {
                    let expression = rust_expression(tokens);
                    if expression.is_empty() {
                        let fault = Diagnostic::new(equals, "expected an expression after `=`");
                        parser
                            .diagnostics
                            .push(fault.help(format!("write `{name}: {ty} = &rows`")));
                    }
                    expression
                });
                declarations.push(Declaration {
                    name,
                    ty,
                    expression,
                });
            },
            "`=`, `,` or the end",
        );
        Inline { body, declarations }
    }

    /// `name: type`, and what `rest` reads behind it, separated by commas, to the end. After a fault
    /// in one, the next is read.
    fn variables<'a>(
        &mut self,
        tokens: &mut Tokens<'a>,
        generic: Generic<'_>,
        mut rest: impl FnMut(&mut Parser, Ident, Ty, &mut Tokens<'a>),
        end: &str,
    ) {
        let mut seen: Vec<Ident> = Vec::new();
        while !tokens.is_empty() {
            let named = name_and_type(tokens, generic);
            let fault = match named {
                Ok((name, ty)) => {
                    if let Some(first) = seen.iter().find(|first| **first == name) {
                        let fault = Diagnostic::new(&name, format!("`{name}` is declared twice"));
                        self.diagnostics
                            .push(fault.second(first, "the first declaration"));
                    }
                    seen.push(name.clone());
                    rest(self, name, ty, tokens);
                    let ended = tokens.is_empty() || tokens.at(",");
                    (!ended)
                        .then(|| Diagnostic::new(tokens.here(), format!("expected {end}")).into())
                }
                Err(fault) => Some(fault),
            };
            if let Some(fault) = fault {
                self.diagnostics.push(fault);
                skip_to_next(tokens);
            }
            tokens.symbol(",");
        }
    }

    fn attributes(&mut self, tokens: &mut Tokens<'_>) -> Parsed<Attributes> {
        let mut attributes = Attributes {
            docs: Vec::new(),
            others: Vec::new(),
            order: 1,
        };
        while tokens.at("#") {
            let mut whole = *tokens;
            let start = Span::from(tokens.here());
            tokens.symbol("#");
            let Some((mut inside, brackets)) = tokens.group(Delimiter::Bracket) else {
                return Err(Diagnostic::new(tokens.here(), "expected `[` and an attribute").into());
            };
            if inside.word("keops").is_some() {
                match order(inside, start.to(brackets)) {
                    Ok(order) => attributes.order = order,
                    Err(fault) => self.diagnostics.push(fault),
                }
                continue;
            }
            let written = whole.tree().into_iter().chain(whole.tree()).collect();
            if inside.at_word("doc") {
                attributes.docs.push(written);
            } else {
                attributes.others.push(written);
            }
        }
        Ok(attributes)
    }
}

/// `(order = 2)` of `#[keops(order = 2)]`.
fn order(mut tokens: Tokens<'_>, attribute: Span) -> Parsed<u32> {
    let fault = || {
        let fault = Diagnostic::new(attribute, "unknown option of `keops`");
        fault.help("write `#[keops(order = 2)]` for second derivatives")
    };
    let Some((mut inside, _)) = tokens.group(Delimiter::Parenthesis) else {
        return Err(fault().into());
    };
    if inside.word("order").is_none() || inside.symbol("=").is_none() {
        return Err(fault().into());
    }
    let Some(literal) = inside.literal() else {
        return Err(fault().into());
    };
    let span = literal.span();
    let order = number::integer(literal, "an order")?;
    inside.symbol(",");
    if !inside.is_empty() || !tokens.is_empty() {
        return Err(fault().into());
    }
    match order {
        1 => Ok(1),
        2 => Ok(2),
        _ => Err(Diagnostic::new(span, "the order is 1 or 2")
            .help("write `grad(…)` within a formula for higher derivatives")
            .into()),
    }
}

/// `pub`, `pub(…)` or nothing.
fn visibility(tokens: &mut Tokens<'_>) -> TokenStream {
    let mut written = TokenStream::new();
    if tokens.at_word("pub") {
        written.extend(tokens.tree());
        if tokens.at_group(Delimiter::Parenthesis) {
            written.extend(tokens.tree());
        }
    }
    written
}

/// `<T>`, or nothing.
fn generic(tokens: &mut Tokens<'_>) -> Parsed<Option<Ident>> {
    let Some(open) = tokens.symbol("<") else {
        return Ok(None);
    };
    let only = |place: Span, message: &str| {
        Diagnostic::new(place, message)
            .help("write `<T>`, which stands for `f32` and `f64`")
            .into()
    };
    if tokens.at_word("const") {
        return Err(Diagnostic::new(
            tokens.here(),
            "a width known only at run time is not supported",
        )
        .help("write the width as a literal: `[T; 3]`")
        .into());
    }
    let Some(name) = tokens.name() else {
        return Err(only(
            open.to(tokens.here()),
            "a formula has one type parameter, or none",
        ));
    };
    if tokens.at(":") {
        return Err(only(
            tokens.here().into(),
            "a type parameter has no bounds here",
        ));
    }
    if tokens.symbol(",").is_some() && !tokens.at(">") {
        return Err(only(
            tokens.here().into(),
            "a formula has one type parameter",
        ));
    }
    if tokens.symbol(">").is_none() {
        return Err(only(tokens.here().into(), "expected `>`"));
    }
    Ok(Some(name))
}

fn name_and_type(tokens: &mut Tokens<'_>, generic: Generic<'_>) -> Parsed<(Ident, Ty)> {
    let Some(name) = tokens.name() else {
        return Err(Diagnostic::new(tokens.here(), "expected a variable")
            .help("write `name: type`, for instance `x_i: [f32; 3]`")
            .into());
    };
    names::variable(&name)?;
    if tokens.at("::") || tokens.symbol(":").is_none() {
        let place = if tokens.is_empty() || tokens.at(",") || tokens.at("=") {
            Span::from(&name)
        } else {
            tokens.here().into()
        };
        return Err(Diagnostic::new(place, format!("`{name}` has no type"))
            .help(format!(
                "write `{name}: type`, for instance `{name}: [f32; 3]`"
            ))
            .into());
    }
    Ok((name, types::variable(tokens, generic)?))
}

/// All up to the next declaration.
fn rust_expression(tokens: &mut Tokens<'_>) -> TokenStream {
    let mut expression = TokenStream::new();
    while !tokens.is_empty() && !tokens.at_next_declaration() {
        if let Some(tree) = tokens.tree() {
            TokenTree::to_tokens(&tree, &mut expression);
        }
    }
    expression
}

fn skip_to_next(tokens: &mut Tokens<'_>) {
    while !tokens.is_empty() && !tokens.at_next_declaration() {
        tokens.tree();
    }
}
