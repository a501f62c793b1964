//! What is rendered of an analysis with sections of every kind, looked at from outside: the page as a tree, the workbook
//! unpacked, the tables read back.

#[cfg(test)]
mod demonstration;
#[cfg(test)]
mod page;
#[cfg(test)]
mod tables;
#[cfg(test)]
mod workbook;
