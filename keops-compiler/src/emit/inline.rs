//! A formula that is written where it is used.

use proc_macro2::{Ident, Span, TokenStream};
use quote::{quote, quote_spanned};

use super::item::item;
use crate::calls::Calls;
use crate::check::Checked;
use crate::compile::Gpu;

/// The name of its function and module, which nothing outside sees.
const NAME: &str = "formula";

/// The lazy call of the formula.
///
/// The block gives the function; the call stands outside of it, so that what the user wrote sees no
/// name of ours and its temporaries live as those of any call.
pub(crate) fn inline(
    checked: &Checked,
    calls: &[(&'static str, Calls)],
    gpu: &dyn Gpu,
) -> TokenStream {
    let name = Ident::new(NAME, Span::call_site());
    let arguments = checked.arguments.iter().map(|argument| match &argument.expression {
        Some(expression) => quote!(#expression),
        None => {
            let span = argument.name_span.start;
            let captured = Ident::new(&argument.rust, span);
            quote_spanned!(span=> &#captured)
        }
    });
    let arguments = quote!(#(#arguments),*);
    let items = item(&name, checked, calls, gpu);
    quote!(({ #items #name })(#arguments))
}
