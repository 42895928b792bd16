//! Macros that declare apps, commands, events and choices, so that each is named once.

/// Declares commands as structs. The name and title come from the struct's name, the summary from its doc comment, the
/// label of a field from its name, and its kind from its type; an `Option` is an optional field. After the type comes the
/// [`help`](crate::content_store::help) of the field, which may set another label or kind.
///
/// The crate that uses the macro depends on `serde` with the feature `derive`. The struct can be sent as a
/// [`Command`](crate::Command), and an app decides on it with [`Decide`](crate::content_store::Decide).
///
/// ```
/// use ramax::Command;
/// use ramax::content_store::{FieldKind, TypedCommand, help};
///
/// ramax::commands! {
///     /// Lends a book to a reader
///     pub struct LendBook {
///         isbn: String = help("the number on the back of the book").label("ISBN").refers_to("book"),
///         weeks_lent: Option<u8> = help("the number of weeks"),
///     }
/// }
/// assert_eq!((LendBook::NAME, LendBook::TITLE), ("lend-book", "Lend book"));
/// let [isbn, weeks] = LendBook::FIELDS else { unreachable!() };
/// assert_eq!((isbn.label, isbn.kind, isbn.required), ("ISBN", FieldKind::Reference("book"), true));
/// assert_eq!((weeks.label, weeks.kind), ("Weeks lent", FieldKind::IntegerIn { min: 0, max: 255 }));
///
/// let command = Command::from(LendBook { isbn: "0140328726".to_owned(), weeks_lent: Some(3) });
/// assert_eq!(command, Command::new("lend-book").with("isbn", "0140328726").with("weeks_lent", "3"));
/// ```
#[macro_export]
macro_rules! commands {
    ($(
        $(#[doc = $summary:literal])+
        $visibility:vis struct $name:ident {
            $( $field_visibility:vis $field:ident: $type:ty = $help:expr ),* $(,)?
        }
    )+) => {$(
        $(#[doc = $summary])+
        #[derive(Debug, Clone, ::serde::Deserialize)]
        #[allow(missing_docs)]
        $visibility struct $name {
            $( $field_visibility $field: $type, )*
        }

        impl $crate::content_store::TypedCommand for $name {
            const NAME: &'static str = {
                const NAME: [u8; $crate::content_store::names::length(stringify!($name))] =
                    $crate::content_store::names::words(stringify!($name), b'-');
                $crate::content_store::names::text(&NAME)
            };
            const TITLE: &'static str = {
                const TITLE: [u8; $crate::content_store::names::length(stringify!($name))] =
                    $crate::content_store::names::title(stringify!($name));
                $crate::content_store::names::text(&TITLE)
            };
            const SUMMARY: &'static str = concat!($($summary),+).trim_ascii();
            const FIELDS: &'static [$crate::content_store::FieldSpec] = &[$({
                const LABEL: [u8; $crate::content_store::names::length(stringify!($field))] =
                    $crate::content_store::names::title(stringify!($field));
                $crate::content_store::FieldHelp::field::<$type>(
                    $help,
                    stringify!($field),
                    $crate::content_store::names::text(&LABEL),
                )
            }),*];
        }

        impl ::std::convert::From<$name> for $crate::Command {
            fn from(command: $name) -> Self {
                let sent = $crate::Command::new(<$name as $crate::content_store::TypedCommand>::NAME);
                $( let sent = sent.with_value(stringify!($field), &command.$field); )*
                let _ = command;
                sent
            }
        }

        impl ::std::convert::From<$name> for $crate::Request {
            fn from(command: $name) -> Self {
                $crate::Request::from($crate::Command::from(command))
            }
        }
    )+};
}

/// Declares the payloads of events as structs, each with the name of its type. A struct may borrow from the event, and
/// attributes of `serde` may precede a field. The crate that uses the macro depends on `serde` with the feature
/// `derive`.
///
/// ```
/// use ramax::{EventPayload, NewEvent};
///
/// ramax::events! {
///     pub struct BookLent: "book.lent" { isbn: String, reader: String }
///     pub struct BookReturned: "book.returned" { isbn: String }
/// }
/// let lent = BookLent { isbn: "0140328726".to_owned(), reader: "Ada".to_owned() };
/// let event = NewEvent::of("0140328726", &lent)?;
/// assert_eq!((&*event.event_type, BookLent::TYPE), ("book.lent", "book.lent"));
/// assert_eq!(event.to::<BookLent>()?, lent);
/// assert!(event.to::<BookReturned>().is_err());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[macro_export]
macro_rules! events {
    ($(
        $(#[doc = $doc:literal])*
        $visibility:vis struct $name:ident $(<$lifetime:lifetime>)?: $event_type:literal {
            $(
                $(#[doc = $field_doc:literal])*
                $(#[serde($($serde:tt)*)])*
                $field_visibility:vis $field:ident: $type:ty
            ),* $(,)?
        }
    )+) => {$(
        $(#[doc = $doc])*
        #[derive(Debug, Clone, PartialEq, ::serde::Serialize, ::serde::Deserialize)]
        $visibility struct $name $(<$lifetime>)? {
            $( $(#[doc = $field_doc])* $(#[serde($($serde)*)])* $field_visibility $field: $type, )*
        }

        impl $(<$lifetime>)? $crate::EventPayload for $name $(<$lifetime>)? {
            const TYPE: &'static str = $event_type;
        }
    )+};
}

/// Writes the declarations of an app within `impl App for …`: its names, commands and types of events, and then, if it has
/// any, `projections: […]` and `upcasters: […]`, which are constants. All other methods of the trait follow as usual.
///
/// ```
/// use ramax::content_store::{Applied, Decide, Decision, StateError, help};
/// use ramax::{App, Context, Event, EventPayload, NewEvent, State};
///
/// struct Counter;
///
/// ramax::commands! {
///     /// Adds to the count
///     struct AddCount { number: u32 = help("the number to add") }
/// }
///
/// ramax::events! {
///     struct Counted: "counted" { number: u32 }
/// }
///
/// impl Decide<Counter> for AddCount {
///     fn decide(self, _: &Counter, _: &Context<'_>) -> Decision {
///         Ok(vec![NewEvent::of("count", &Counted { number: self.number })?])
///     }
/// }
///
/// impl App for Counter {
///     ramax::app! {
///         name: "counter",
///         summary: "a number that grows",
///         space_prefix: "counter_",
///         commands: [AddCount],
///         events: [Counted],
///     }
///
///     fn apply(&self, state: &mut State<'_>, event: &Event) -> Result<Applied, StateError> {
///         if !event.is::<Counted>() {
///             return Ok(Applied::UnknownType);
///         }
///         let count: u64 = state.get("count")?.unwrap_or(0);
///         state.put("count", &(count + u64::from(event.to::<Counted>()?.number)))?;
///         Ok(Applied::Yes)
///     }
/// }
///
/// # fn main() -> ramax::Result<()> {
/// let store = ramax::Store::memory();
/// let space = ramax::ContentStore::open(&store, "counter_one", std::sync::Arc::new(Counter))?;
/// space.execute(AddCount { number: 3 })?;
/// assert_eq!(space.get("count")?, Some(3));
/// # Ok(())
/// # }
/// ```
#[macro_export]
macro_rules! app {
    (
        name: $name:expr,
        summary: $summary:expr,
        space_prefix: $space_prefix:expr,
        commands: [$($command:ty),* $(,)?],
        events: [$($event:ty),* $(,)?]
        $(, projections: [$($projection:expr),* $(,)?])?
        $(, upcasters: [$($upcaster:expr),* $(,)?])?
        $(,)?
    ) => {
        fn name(&self) -> &'static str {
            $name
        }

        fn summary(&self) -> &'static str {
            $summary
        }

        fn space_prefix(&self) -> &'static str {
            $space_prefix
        }

        fn event_types(&self) -> &'static [&'static str] {
            &[$(<$event as $crate::EventPayload>::TYPE),*]
        }

        fn commands(&self) -> &'static [$crate::content_store::CommandSpec] {
            const { &[$($crate::content_store::CommandSpec::of::<Self, $command>()),*] }
        }

        $(fn projections(&self) -> &'static [$crate::content_store::ProjectionSpec] {
            const { &[$($projection),*] }
        })?

        $(fn upcasters(&self) -> &'static [$crate::content_store::Upcaster] {
            const { &[$($upcaster),*] }
        })?
    };
}

/// Declares a choice as an enum: each variant with its word. The crate that uses the macro depends on `serde` with the
/// feature `derive`.
///
/// ```
/// use ramax::content_store::{FieldKind, FieldType};
///
/// ramax::choice! {
///     /// A side of a card.
///     pub enum Side {
///         /// The question.
///         Front = "front",
///         /// The answer.
///         Back = "back",
///     }
/// }
/// assert_eq!(Side::KIND, FieldKind::Choice(&["front", "back"]));
/// assert_eq!(serde_json::to_string(&Side::Back)?, r#""back""#);
/// assert_eq!(Side::Front.to_string(), "front");
/// # Ok::<(), serde_json::Error>(())
/// ```
#[macro_export]
macro_rules! choice {
    (
        $(#[doc = $doc:literal])*
        $visibility:vis enum $name:ident {
            $( $(#[doc = $variant_doc:literal])* $variant:ident = $word:literal ),+ $(,)?
        }
    ) => {
        $(#[doc = $doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, ::serde::Serialize, ::serde::Deserialize)]
        $visibility enum $name {
            $( $(#[doc = $variant_doc])* #[serde(rename = $word)] $variant, )+
        }

        impl ::std::fmt::Display for $name {
            fn fmt(&self, f: &mut ::std::fmt::Formatter<'_>) -> ::std::fmt::Result {
                f.write_str(match self { $( Self::$variant => $word, )+ })
            }
        }

        impl $crate::content_store::FieldType for $name {
            const KIND: $crate::content_store::FieldKind =
                $crate::content_store::FieldKind::Choice(&[$($word),+]);

            fn to_text(&self) -> ::std::option::Option<::std::string::String> {
                ::std::option::Option::Some(::std::string::ToString::to_string(self))
            }
        }
    };
}
