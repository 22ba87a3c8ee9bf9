//! A place of one's own in somebody's database, for trying it out.

use std::time::Duration;

use super::session::Session;
use super::target::Target;
use crate::options::Server;
use crate::{OpenError, Read, Tx};

const PATIENCE: Duration = Duration::from_secs(60);

/// An empty schema on a server, removed with everything in it when this is dropped. What else is
/// in the database is not touched.
#[derive(Debug)]
pub struct Scratch {
    home: Server,
    server: Server,
    name: String,
}

impl Scratch {
    /// Makes it.
    ///
    /// # Errors
    ///
    /// When the server does not answer, or does not let this user make a schema.
    pub fn make(home: &Server) -> Result<Scratch, OpenError> {
        let session = Session::connect(&Target::read(home)?)?;
        let number = crate::sql!("SELECT CAST(EXTRACT(EPOCH FROM now()) * 1000 AS BIGINT)");
        let number = Tx::on_server(&session).query_one(number, &[], |row| row.int(0))?;
        let name = format!("tael_verify_{}", number.unwrap_or_default());
        session.batch(&format!("CREATE SCHEMA {name}"), PATIENCE)?;
        let joint = if home.url.contains('?') { '&' } else { '?' };
        let url = format!("{}{joint}options=-c%20search_path%3D{name}", home.url);
        Ok(Scratch {
            home: home.clone(),
            server: Server {
                url,
                ..home.clone()
            },
            name,
        })
    }

    /// The server as seen from there.
    #[must_use]
    pub fn server(&self) -> &Server {
        &self.server
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        let clear = || -> Result<(), OpenError> {
            let session = Session::connect(&Target::read(&self.home)?)?;
            session.batch(&format!("DROP SCHEMA {} CASCADE", self.name), PATIENCE)?;
            Ok(())
        };
        // Should it fail, the schema's name says whose it is.
        let _ = clear();
    }
}
