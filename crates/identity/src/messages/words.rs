//! The words of one language: a Fluent resource that is part of the program, read once.

use std::{borrow::Cow, sync::LazyLock};

use fluent_bundle::{FluentArgs, FluentResource, concurrent::FluentBundle};
use unic_langid::LanguageIdentifier;

use super::Locale;

pub(super) const CHINESE: &str = include_str!("zh-CN.ftl");
pub(super) const ENGLISH: &str = include_str!("en.ftl");

static IN_CHINESE: LazyLock<Words> = LazyLock::new(|| Words::read("zh-CN", CHINESE));
static IN_ENGLISH: LazyLock<Words> = LazyLock::new(|| Words::read("en", ENGLISH));

/// The words of a language.
pub(super) fn of(locale: Locale) -> &'static Words {
    match locale {
        Locale::Zh => &IN_CHINESE,
        Locale::En => &IN_ENGLISH,
    }
}

pub(super) struct Words(FluentBundle<FluentResource>);

impl Words {
    fn read(language: &str, text: &str) -> Self {
        let language: LanguageIdentifier = language.parse().expect("a test reads these words");
        let resource = FluentResource::try_new(text.to_owned());
        let resource = resource.expect("a test reads these words");
        let mut bundle = FluentBundle::new_concurrent(vec![language]);
        // Marks around what is filled in would travel in an SMS, and into what people copy.
        bundle.set_use_isolating(false);
        bundle
            .add_resource(resource)
            .expect("a test reads these words");
        Self(bundle)
    }

    /// The text under a key, filled in.
    pub(super) fn text(&self, key: &str, arguments: &FluentArgs<'_>) -> String {
        let message = self.0.get_message(key);
        let pattern = message.and_then(|message| message.value());
        let pattern = pattern.expect("a test writes every message");
        let mut errors = Vec::new();
        let text = self.0.format_pattern(pattern, Some(arguments), &mut errors);
        debug_assert!(errors.is_empty(), "{key}: {errors:?}");
        text.into_owned()
    }

    /// The title beside the text.
    pub(super) fn title(&self, key: &str) -> String {
        let message = self.0.get_message(key);
        let title = message.and_then(|message| message.get_attribute("title"));
        let title = title.expect("a test writes every message");
        let text: Cow<'_, str> = self.0.format_pattern(title.value(), None, &mut Vec::new());
        text.into_owned()
    }
}
