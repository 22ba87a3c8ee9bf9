mod apply;
mod encode;
mod oracle;
mod proof;
mod properties;
mod table;
mod tiny;
mod world;
