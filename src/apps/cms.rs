//! A CMS: articles that are published and unpublished.
//!
//! Keys: `article:<id>` holds an [`Article`], `articles:published` the number of published articles.

use serde::{Deserialize, Serialize};
use serde_json::json;

use crate::content_store::{
    App, Applied, Arguments, CommandSpec, ContentStore, Decision, FieldKind, FieldSpec, State, StateError,
};
use crate::error::{Rejection, Result};
use crate::event::{Event, NewEvent};
use crate::json::Json;

/// The CMS app.
#[derive(Debug, Clone, Copy, Default)]
pub struct Cms;

/// An article.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Article {
    /// Its id, unique in its space.
    pub id: String,
    /// Its title.
    pub title: String,
    /// Its text.
    pub content: String,
    /// When it was last published, in Unix seconds.
    pub published_at: i64,
    /// When it was unpublished, in Unix seconds; none while it is published.
    pub unpublished_at: Option<i64>,
    /// Its status.
    pub status: Status,
}

/// The publication status of an article.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Status {
    /// The public can read it.
    Published,
    /// It was unpublished.
    Unpublished,
}

const PUBLISHED: &str = "articles:published";
const PREFIX: &str = "article:";

const ARTICLE_ID: FieldSpec =
    FieldSpec::required("article_id", "Article id", "unique in this space, such as a1");

const COMMANDS: &[CommandSpec] = &[
    CommandSpec {
        name: "publish-article",
        title: "Publish article",
        summary: "Publishes an article that is new or was unpublished",
        fields: &[
            ARTICLE_ID,
            FieldSpec::required("title", "Title", "the article's headline"),
            FieldSpec::required("content", "Content", "the article's text").of_kind(FieldKind::Text),
        ],
        decide: publish_article,
    },
    CommandSpec {
        name: "unpublish-article",
        title: "Unpublish article",
        summary: "Unpublishes an article",
        fields: &[ARTICLE_ID.naming("article")],
        decide: unpublish_article,
    },
];

impl App for Cms {
    fn name(&self) -> &'static str {
        "cms"
    }

    fn summary(&self) -> &'static str {
        "articles of a website"
    }

    fn space_prefix(&self) -> &'static str {
        "cms_"
    }

    fn event_types(&self) -> &'static [&'static str] {
        &["article.published", "article.unpublished"]
    }

    fn commands(&self) -> &'static [CommandSpec] {
        COMMANDS
    }

    fn apply(&self, state: &mut State<'_>, event: &Event) -> Result<Applied, StateError> {
        match &*event.event_type {
            "article.published" => article_published(state, event)?,
            "article.unpublished" => article_unpublished(state, event)?,
            _ => return Ok(Applied::UnknownType),
        }
        Ok(Applied::Yes)
    }
}

#[derive(Deserialize)]
struct PublishedPayload {
    article_id: String,
    title: String,
    content: String,
}

#[derive(Deserialize)]
struct UnpublishedPayload {
    article_id: String,
}

fn publish_article(state: &State<'_>, arguments: &Arguments) -> Decision {
    let id = arguments.required("article_id");
    if state.get::<Article>(&key(id))?.is_some_and(|article| article.status == Status::Published) {
        let message = format!("the article {id} is already published");
        return Err(Rejection::of_field("article_id", "article_already_published", message).into());
    }
    let payload = json!({
        "article_id": id,
        "title": arguments.required("title"),
        "content": arguments.required("content"),
    });
    Ok(vec![NewEvent::new(id, "article.published", Json::of(&payload))])
}

fn unpublish_article(state: &State<'_>, arguments: &Arguments) -> Decision {
    let id = arguments.required("article_id");
    match state.get::<Article>(&key(id))?.map(|article| article.status) {
        None => {
            let message = format!("there is no article {id}");
            Err(Rejection::of_field("article_id", "article_not_found", message).into())
        }
        Some(Status::Unpublished) => {
            let message = format!("the article {id} is already unpublished");
            Err(Rejection::of_field("article_id", "article_already_unpublished", message).into())
        }
        Some(Status::Published) => {
            let payload = Json::of(&json!({"article_id": id}));
            Ok(vec![NewEvent::new(id, "article.unpublished", payload)])
        }
    }
}

fn article_published(state: &mut State<'_>, event: &Event) -> Result<(), StateError> {
    let PublishedPayload { article_id, title, content } = event.payload.parse()?;
    let key = key(&article_id);
    let before = state.get::<Article>(&key)?;
    if before.is_none_or(|article| article.status == Status::Unpublished) {
        count(state, |published| published + 1)?;
    }
    state.put(
        &key,
        &Article {
            id: article_id,
            title,
            content,
            published_at: event.timestamp.seconds(),
            unpublished_at: None,
            status: Status::Published,
        },
    )
}

fn article_unpublished(state: &mut State<'_>, event: &Event) -> Result<(), StateError> {
    let UnpublishedPayload { article_id } = event.payload.parse()?;
    let key = key(&article_id);
    let Some(article) = state.get::<Article>(&key)? else {
        let reason = format!("it unpublishes the article {article_id}, which was never published");
        return Err(StateError::Inapplicable(reason));
    };
    if article.status == Status::Published {
        count(state, |published| published.saturating_sub(1))?;
    }
    let unpublished_at = Some(event.timestamp.seconds());
    state.put(&key, &Article { unpublished_at, status: Status::Unpublished, ..article })
}

fn count(state: &mut State<'_>, change: fn(u64) -> u64) -> Result<(), StateError> {
    let published = state.get(PUBLISHED)?.unwrap_or(0);
    state.put(PUBLISHED, &change(published))
}

fn key(id: &str) -> String {
    format!("{PREFIX}{id}")
}

impl Cms {
    /// Returns an article.
    pub fn article(space: &ContentStore, id: &str) -> Result<Option<Article>> {
        space.get(&key(id))
    }

    /// Returns the published articles, newest first, and by id within one second. Reads all articles.
    pub fn published_articles(space: &ContentStore) -> Result<Vec<Article>> {
        let mut articles: Vec<Article> = super::all(space, PREFIX)?;
        articles.retain(|article| article.status == Status::Published);
        articles.sort_by(|a, b| (b.published_at, &a.id).cmp(&(a.published_at, &b.id)));
        Ok(articles)
    }

    /// Returns the number of published articles.
    pub fn published_count(space: &ContentStore) -> Result<u64> {
        Ok(space.get(PUBLISHED)?.unwrap_or(0))
    }
}
