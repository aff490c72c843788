//! A formula that is written where it is used.

use proc_macro2::{Ident, Span, TokenStream, TokenTree};
use quote::{quote, quote_spanned};

use super::item::item;
use crate::check::Checked;
use crate::compile::{Gpu, Offer};

/// The name of its function and module, which nothing outside sees.
const NAME: &str = "formula";

/// The lazy call of the formula.
///
/// What the user wrote stands outside of the block with the items, so that it sees no name of ours
/// and its temporaries live as those of any call. What is matched has its place: what rustc says of
/// an argument points there.
pub(crate) fn inline(checked: &Checked, offer: &Offer, gpu: &dyn Gpu) -> TokenStream {
    let name = Ident::new(NAME, Span::mixed_site());
    let (mut given, mut taken) = (Vec::new(), Vec::new());
    for (number, argument) in checked.arguments.iter().enumerate() {
        let span = argument.name_span.start;
        given.push(match &argument.expression {
            Some(expression) => quote!(#expression),
            None => {
                let captured = Ident::new(&argument.rust, span);
                quote_spanned!(span=> &#captured)
            }
        });
        // As in a call of Rust, the place of an argument is what the reference is to.
        let mut trees = argument.expression.clone().unwrap_or_default().into_iter();
        let tree =
            trees.find(|tree| !matches!(tree, TokenTree::Punct(punct) if punct.as_char() == '&'));
        let span = tree.map_or(span, |tree| tree.span());
        taken.push(Ident::new(
            &format!("argument{number}"),
            Span::mixed_site().located_at(span),
        ));
    }
    let items = item(&name, checked, offer, gpu);
    quote!(match (#(#given,)*) { (#(#taken,)*) => { #items #name(#(#taken),*) } })
}
