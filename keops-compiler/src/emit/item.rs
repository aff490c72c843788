//! A formula with a name: its function and its module.

use proc_macro2::{Ident, TokenStream, TokenTree};
use quote::{quote, quote_spanned};

use super::descriptor::Context;
use super::types::Real;
use super::{matrix, module, tokens};
use crate::ast::Span;
use crate::calls::Datum;
use crate::check::{Argument, Checked, RealType};
use crate::compile::{Gpu, Offer};
use crate::formula::Axis;

/// The items of a formula.
///
/// The function's bounds have the places of the types that the user wrote, so that what rustc says
/// of a call points there.
pub(crate) fn item(name: &Ident, checked: &Checked, offer: &Offer, gpu: &dyn Gpu) -> TokenStream {
    let visibility = &checked.visibility;
    let text = name.to_string();
    let own = text.trim_start_matches("r#");
    let (contents, body, arguments, ty) = match offer {
        Offer::Calls(calls) => {
            let contents = module::contents(context(own, checked, &calls.text, gpu), calls, &text);
            (contents.text, contents.body, &calls.arguments[..], "Call")
        }
        Offer::Matrix(matrix) => {
            let contents = matrix::contents(own, checked, matrix, gpu, &text);
            (contents.text, contents.body, matrix.arguments(), "Matrix")
        }
    };
    let function = function(checked, arguments, name, &body, ty);
    let doc = format!("The types of [`{own}`]({own}()).");
    let contents = tokens(&contents);
    let conditions = checked.conditions();
    quote! {
        #function
        #(#conditions)*
        #[cfg(not(target_os = "cuda"))]
        #[doc = #doc]
        #visibility mod #name { #contents }
    }
}

/// What is the same for all descriptors of the formula.
pub(super) fn context<'c>(
    name: &'c str,
    checked: &Checked,
    text: &'c str,
    gpu: &'c dyn Gpu,
) -> Context<'c> {
    Context {
        name,
        text,
        real: Real::of(&checked.real),
        gpu,
    }
}

/// The function that makes the lazy call.
fn function(
    checked: &Checked,
    arguments: &[Datum],
    name: &Ident,
    body: &str,
    ty: &str,
) -> TokenStream {
    let Checked {
        docs,
        attributes,
        visibility,
        real,
        ..
    } = checked;
    let docs = if docs.is_empty() {
        let doc = format!("The formula `{name}`.");
        quote!(#[doc = #doc])
    } else {
        quote!(#(#docs)*)
    };
    let bound = quote!(::keops::__private::Real);
    let (generic, real, of) = match real {
        RealType::Generic(own) => (quote!(, #own: #bound), quote!(#own), quote!(, #own)),
        RealType::F32 => (quote!(), quote!(f32), quote!()),
        RealType::F64 => (quote!(), quote!(f64), quote!()),
    };
    let inline = checked.name.is_none();
    let parameters: Vec<TokenStream> = checked
        .arguments
        .iter()
        .zip(arguments)
        .map(|(argument, datum)| parameter(argument, datum, &real, inline))
        .collect();
    let many = (arguments.len() > 7).then(|| quote!(#[allow(clippy::too_many_arguments)]));
    let (ty, body) = (Ident::new(ty, name.span()), in_function(body, real));
    quote! {
        #docs
        #(#attributes)*
        #[cfg(not(target_os = "cuda"))]
        #many
        #[inline]
        #visibility fn #name<'a #generic>(#(#parameters),*) -> #name::#ty<'a #of> { #body }
    }
}

/// The body of the function: what is printed for the module names `T` and an import that are not
/// there.
fn in_function(body: &str, real: TokenStream) -> TokenStream {
    let body = tokens(body);
    let replaced = replace(body, &real);
    quote!(use ::keops::__private as __keops; #replaced)
}

fn replace(tokens: TokenStream, real: &TokenStream) -> TokenStream {
    tokens
        .into_iter()
        .flat_map(|tree| match tree {
            TokenTree::Ident(name) if name == "T" => real.clone(),
            TokenTree::Group(group) => {
                let inside = replace(group.stream(), real);
                TokenTree::Group(proc_macro2::Group::new(group.delimiter(), inside)).into()
            }
            other => other.into(),
        })
        .collect()
}

/// `x: impl Rows<'a, [T; 3]>`, with the places of what was written.
fn parameter(argument: &Argument, datum: &Datum, real: &TokenStream, inline: bool) -> TokenStream {
    let name = Ident::new(&argument.rust, argument.name_span.start);
    let Span { start, end } = argument.type_span;
    let row = replace(tokens(&datum.row(Real::Generic)), real);
    let row = respan(row, start);
    let first = quote_spanned!(start=> ::keops::__private);
    let close = quote_spanned!(end=> >);
    match (datum.axis, datum.shape.is_empty() && !inline) {
        (Axis::I | Axis::J | Axis::Batch, _) => {
            let open = quote_spanned!(start=> ::Rows<'a,);
            quote!(#name: impl #first #open #row #close)
        }
        (Axis::Unit, true) => quote!(#name: #row),
        (Axis::Unit, false) => {
            let open = quote_spanned!(start=> ::Param<);
            quote!(#name: impl #first #open #row #close)
        }
    }
}

fn respan(tokens: TokenStream, span: proc_macro2::Span) -> TokenStream {
    tokens
        .into_iter()
        .map(|mut tree| {
            if let TokenTree::Group(group) = &tree {
                let inside = respan(group.stream(), span);
                tree = TokenTree::Group(proc_macro2::Group::new(group.delimiter(), inside));
            }
            tree.set_span(span);
            tree
        })
        .collect()
}
