//! A CMS: articles that are published and unpublished.
//!
//! Keys: `article:<id>` holds an [`Article`], `articles:published` the number of published articles. The projection
//! `articles_by_month` is the archive of the published ones.

mod by_month;

use serde::{Deserialize, Serialize};

use crate::EventPayload;
use crate::content_store::{
    App, Applied, Command, ContentStore, Context, Decide, Decision, FieldKind, State, StateError, help,
};
use crate::error::{Rejection, Result};
use crate::event::{Event, NewEvent};

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

crate::commands! {
    /// Publishes an article that is new or was unpublished
    pub struct PublishArticle {
        pub article_id: String = help("unique in this space, such as a1"),
        pub title: String = help("the article's headline"),
        pub content: String = help("the article's text").kind(FieldKind::Text),
    }

    /// Unpublishes an article
    pub struct UnpublishArticle {
        pub article_id: String = help("unique in this space, such as a1").refers_to("article"),
    }
}

crate::events! {
    struct ArticlePublished: "article.published" {
        article_id: String,
        #[serde(deserialize_with = "crate::redacted::text")]
        title: String,
        #[serde(deserialize_with = "crate::redacted::text")]
        content: String,
    }

    struct ArticleUnpublished: "article.unpublished" { article_id: String }
}

impl App for Cms {
    crate::app! {
        name: "cms",
        summary: "articles of a website",
        space_prefix: "cms_",
        commands: [PublishArticle, UnpublishArticle],
        events: [ArticlePublished, ArticleUnpublished],
        projections: [by_month::ARTICLES_BY_MONTH],
    }

    fn lookups(&self, command: &Command) -> Vec<String> {
        super::lookups(command, "article_id", PREFIX, PUBLISHED)
    }

    fn apply(&self, state: &mut State<'_>, event: &Event) -> Result<Applied, StateError> {
        match &*event.event_type {
            ArticlePublished::TYPE => article_published(state, event)?,
            ArticleUnpublished::TYPE => article_unpublished(state, event)?,
            _ => return Ok(Applied::UnknownType),
        }
        Ok(Applied::Yes)
    }
}

impl Decide<Cms> for PublishArticle {
    fn decide(self, _: &Cms, context: &Context<'_>) -> Decision {
        let Self { article_id, title, content } = self;
        let before = context.get::<Article>(&key(&article_id))?;
        if before.is_some_and(|article| article.status == Status::Published) {
            let message = format!("the article {article_id} is already published");
            return Err(Rejection::of_field("article_id", "article_already_published", message).into());
        }
        Ok(vec![NewEvent::of(article_id.clone(), &ArticlePublished { article_id, title, content })?])
    }
}

impl Decide<Cms> for UnpublishArticle {
    fn decide(self, _: &Cms, context: &Context<'_>) -> Decision {
        let Self { article_id } = self;
        match context.get::<Article>(&key(&article_id))?.map(|article| article.status) {
            None => {
                let message = format!("there is no article {article_id}");
                Err(Rejection::of_field("article_id", "article_not_found", message).into())
            }
            Some(Status::Unpublished) => {
                let message = format!("the article {article_id} is already unpublished");
                Err(Rejection::of_field("article_id", "article_already_unpublished", message).into())
            }
            Some(Status::Published) => {
                Ok(vec![NewEvent::of(article_id.clone(), &ArticleUnpublished { article_id })?])
            }
        }
    }
}

fn article_published(state: &mut State<'_>, event: &Event) -> Result<(), StateError> {
    let ArticlePublished { article_id, title, content } = event.to()?;
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
    let ArticleUnpublished { article_id } = event.to()?;
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
