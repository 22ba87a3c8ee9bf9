//! What a source file says about its functions: how long, how many parameters, for whom.

use proc_macro2::Span;
use syn::{
    Attribute, Block, ExprArray, FnArg, ImplItemFn, ItemFn, ItemMod, LitStr, Macro, Meta,
    Signature, TraitItemFn, Type, Visibility,
    visit::{self, Visit},
};

/// One function with a body.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Function {
    pub name: String,
    /// The line of `fn`.
    pub line: usize,
    /// From `fn` to the closing brace, every line counted; in a test without its longest table.
    pub lines: usize,
    /// Parameters, `self` included.
    pub parameters: usize,
    /// Parameters of type `bool`.
    pub bools: usize,
    /// `pub` without a restriction.
    pub is_public: bool,
    pub is_test: bool,
}

/// The functions of one file, and how many lines of it are modules for tests.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Functions {
    pub all: Vec<Function>,
    pub test_lines: usize,
}

/// Reads a parsed file; `is_test` if the whole of it is test code.
pub(crate) fn functions_of(file: &syn::File, is_test: bool) -> Functions {
    let mut reader = Reader {
        found: Functions::default(),
        in_test: is_test,
    };
    reader.visit_file(file);
    reader.found
}

struct Reader {
    found: Functions,
    in_test: bool,
}

impl Reader {
    fn add(&mut self, signature: &Signature, body: &Block, shape: Shape) {
        let line = first_line(signature.fn_token.span);
        let end = first_line(body.brace_token.span.close());
        let mut lines = end - line + 1;
        if shape.is_test {
            lines -= longest_table(body);
        }
        let is_bool = |input: &&FnArg| match input {
            FnArg::Typed(input) => matches!(&*input.ty, Type::Path(ty) if ty.path.is_ident("bool")),
            FnArg::Receiver(_) => false,
        };
        self.found.all.push(Function {
            name: signature.ident.to_string(),
            line,
            lines,
            parameters: signature.inputs.len(),
            bools: signature.inputs.iter().filter(is_bool).count(),
            is_public: shape.is_public,
            is_test: shape.is_test,
        });
    }

    fn shape(&self, attributes: &[Attribute], visibility: &Visibility) -> Shape {
        Shape {
            is_public: matches!(visibility, Visibility::Public(_)),
            is_test: self.in_test || attributes.iter().any(is_test_mark),
        }
    }
}

struct Shape {
    is_public: bool,
    is_test: bool,
}

impl<'ast> Visit<'ast> for Reader {
    fn visit_item_fn(&mut self, item: &'ast ItemFn) {
        let shape = self.shape(&item.attrs, &item.vis);
        self.add(&item.sig, &item.block, shape);
        visit::visit_item_fn(self, item);
    }

    fn visit_impl_item_fn(&mut self, item: &'ast ImplItemFn) {
        let shape = self.shape(&item.attrs, &item.vis);
        self.add(&item.sig, &item.block, shape);
        visit::visit_impl_item_fn(self, item);
    }

    fn visit_trait_item_fn(&mut self, item: &'ast TraitItemFn) {
        if let Some(body) = &item.default {
            let shape = self.shape(&item.attrs, &Visibility::Inherited);
            self.add(&item.sig, body, shape);
        }
        visit::visit_trait_item_fn(self, item);
    }

    fn visit_item_mod(&mut self, item: &'ast ItemMod) {
        let outside = self.in_test;
        self.in_test |= item.attrs.iter().any(is_test_mark);
        if self.in_test
            && !outside
            && let Some((braces, _)) = &item.content
        {
            self.found.test_lines += lines_between(braces.span.open(), braces.span.close());
        }
        visit::visit_item_mod(self, item);
        self.in_test = outside;
    }
}

/// The lines of the longest table that stands in a body: an array, a text or a macro's arguments.
fn longest_table(body: &Block) -> usize {
    let mut tables = Tables { longest: 0 };
    tables.visit_block(body);
    tables.longest
}

struct Tables {
    longest: usize,
}

impl Tables {
    fn see(&mut self, open: Span, close: Span) {
        self.longest = self.longest.max(lines_between(open, close));
    }
}

impl<'ast> Visit<'ast> for Tables {
    fn visit_expr_array(&mut self, array: &'ast ExprArray) {
        self.see(
            array.bracket_token.span.open(),
            array.bracket_token.span.close(),
        );
    }

    fn visit_lit_str(&mut self, text: &'ast LitStr) {
        let span = text.span();
        self.longest = self.longest.max(span.end().line - span.start().line);
    }

    fn visit_macro(&mut self, call: &'ast Macro) {
        let span = call.delimiter.span();
        self.see(span.open(), span.close());
    }
}

fn is_test_mark(attribute: &Attribute) -> bool {
    let is_named_test = attribute
        .path()
        .segments
        .last()
        .is_some_and(|last| last.ident == "test");
    let is_cfg_test = attribute.path().is_ident("cfg")
        && matches!(&attribute.meta, Meta::List(list) if list.tokens.to_string() == "test");
    is_named_test || is_cfg_test
}

fn first_line(span: Span) -> usize {
    span.start().line
}

fn lines_between(open: Span, close: Span) -> usize {
    first_line(close) - first_line(open)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(source: &str) -> Functions {
        functions_of(&syn::parse_file(source).unwrap(), false)
    }

    #[test]
    fn a_function_is_measured_from_fn_to_its_brace() {
        let found = read("/// Words.\n#[inline]\npub fn a(\n    b: bool,\n    c: i64,\n) {\n}\n");
        let a = &found.all[0];
        assert_eq!((a.line, a.lines, a.parameters, a.bools), (3, 5, 2, 1));
        assert!(a.is_public && !a.is_test);
    }

    #[test]
    fn methods_count_self_and_inherit_their_traits_visibility() {
        let found =
            read("impl T for A {\n fn b(&self, c: bool) {}\n}\ntrait T { fn d(&self) {} }\n");
        assert_eq!(found.all[0].parameters, 2);
        assert!(found.all.iter().all(|function| !function.is_public));
    }

    #[test]
    fn restricted_visibility_is_not_public() {
        assert!(!read("pub(crate) fn a(b: bool) {}\n").all[0].is_public);
    }

    #[test]
    fn a_table_in_a_test_is_free_and_one_in_code_is_not() {
        let body = "fn a() {\n    let t = [\n        1,\n        2,\n        3,\n    ];\n}\n";
        assert_eq!(read(body).all[0].lines, 7);
        assert_eq!(read(&format!("#[test]\n{body}")).all[0].lines, 3);
    }

    #[test]
    fn modules_for_tests_are_counted() {
        let found = read("fn a() {}\n#[cfg(test)]\nmod tests {\n    fn b() {}\n}\n");
        assert_eq!(found.test_lines, 2);
        assert!(found.all[1].is_test && !found.all[0].is_test);
    }
}
