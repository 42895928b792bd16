//! The published articles by month.

use std::borrow::Cow;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::EventPayload;
use crate::apps::groups::Groups;
use crate::content_store::{Applied, ProjectionMode, ProjectionSpec, State, StateError};
use crate::date::Date;
use crate::event::Event;
use crate::pstate::schema::{Entity, Field, Schema};

use super::{ArticlePublished, ArticleUnpublished};

/// Keys: `month:<month>` holds the number of articles that were published in it (in UTC) and still are,
/// `article_in:<month>:<id>` the title of each, and `month_of:<id>` the month of an article. An article that is published
/// again is in the later month.
pub const ARTICLES_BY_MONTH: ProjectionSpec = ProjectionSpec {
    name: "articles_by_month",
    summary: "published articles by month",
    version: 1,
    mode: ProjectionMode::Async,
    schema: Schema::new(&[
        Entity::new("month", &[Field::integer("articles")]),
        Entity::new("article_in", &[Field::any("title"), Field::integer("published_at")]),
    ]),
    apply,
};

const MONTHS: Groups = Groups { group: "month", member: "article_in", count: "articles" };

/// The parts of a payload that matter here. The title may be missing, or erased.
#[derive(Deserialize)]
struct Payload<'a> {
    #[serde(borrow)]
    article_id: Cow<'a, str>,
    #[serde(default)]
    title: Value,
}

/// An article in a month.
#[derive(Serialize)]
struct ArticleIn {
    title: Value,
    /// When it was last published, in Unix seconds.
    published_at: i64,
}

fn apply(state: &mut State<'_>, event: &Event) -> Result<Applied, StateError> {
    let is_published = match &*event.event_type {
        ArticlePublished::TYPE => true,
        ArticleUnpublished::TYPE => false,
        _ => return Ok(Applied::UnknownType),
    };
    let Payload { article_id, title } = event.payload.parse()?;
    if is_published {
        let article = ArticleIn { title, published_at: event.timestamp.seconds() };
        let day = Date::of(event.timestamp);
        let month = format!("{:04}-{:02}", day.year(), day.month());
        MONTHS.put(state, (&month, &article_id), &article)?;
    } else {
        MONTHS.remove(state, &article_id)?;
    }
    Ok(Applied::Yes)
}
