//! What the adapter does with what the stream says.

use super::mode::Expect;
use super::stream::News;
use super::work::Work;
use crate::model::{DisplayText, LinkReport, Timestamp};

impl Work {
    /// Takes a word of the stream.
    pub(super) fn hear(&mut self, news: News) {
        let now = (self.clock)();
        match news {
            News::Up => {
                self.stream_up = true;
                self.beat("stream", now);
                // What was said meanwhile is in the books alone.
                self.next_account = now;
                self.read_soon(now);
            }
            News::Down(why) => {
                self.stream_up = false;
                self.beats.remove("stream");
                let reason = DisplayText::new(&why);
                self.reports.link(LinkReport::Down { name: self.link("stream"), reason });
                self.read_soon(now);
            }
            News::Tick(tick) => {
                let named = self
                    .desk
                    .names
                    .iter()
                    .find(|one| one.symbol == tick.symbol && one.exchange == tick.exchange);
                let Some(id) = named.map(|one| one.instrument.id) else { return };
                for event in self.prices.streamed(id, tick, now) {
                    self.post.send(event);
                }
                self.post.flush();
                self.beat("feed", now);
            }
            News::Update(update) => {
                // Another client's world: its orders are not in our books.
                if update.analyze == (self.expect == Expect::Analyze) && self.desk.heard(&update, now) {
                    self.soon(now);
                }
            }
            News::Missing(what) => {
                tracing::warn!(what = %DisplayText::new(&what), "the stream does not give it: it is asked for");
            }
        }
    }

    /// Reads the books now, unless the server is not to be asked yet.
    fn read_soon(&mut self, now: Timestamp) {
        if self.opened && self.failures == 0 {
            self.soon(now);
        }
    }
}
