//! `FromStr`: text to programs and schedules.

use std::str::FromStr;

use super::Error;
use super::lex::{Token, tokens};
use super::line::Line;
use crate::program::{
    Block, Carried, Class, Input, Local, Loop, Output, Program, Source, StateSlot, Stmt, Type,
};
use crate::schedule::{Argument, Kind, Pass, Schedule, Target};

/// How deep loops may be nested: what reads programs is recursive.
const DEPTH: usize = 64;

impl FromStr for Program {
    type Err = Error;

    fn from_str(text: &str) -> Result<Program, Error> {
        let mut reader = Reader::new(text)?;
        let program = reader.program()?;
        reader.end().map(|()| program)
    }
}

impl FromStr for Pass {
    type Err = Error;

    fn from_str(text: &str) -> Result<Pass, Error> {
        let mut reader = Reader::new(text)?;
        let pass = reader.pass()?;
        reader.end().map(|()| pass)
    }
}

impl FromStr for Schedule {
    type Err = Error;

    fn from_str(text: &str) -> Result<Schedule, Error> {
        let mut reader = Reader::new(text)?;
        let mut schedule = Schedule::default();
        while reader.next_is("argument") {
            schedule.arguments.push(argument(&mut reader.line()?)?);
        }
        while reader.next_is("pass") {
            schedule.passes.push(reader.pass()?);
        }
        while reader.next_is("result") {
            let mut line = reader.line()?;
            line.keyword("result")?;
            let (pass, output) = (line.integer()?, line.integer()?);
            let like = if line.is_at("like") {
                line.keyword("like")?;
                Some(line.integer()?)
            } else {
                None
            };
            line.end()?;
            schedule.results.push(Target { pass, output, like });
        }
        reader.end().map(|()| schedule)
    }
}

/// The lines of a text, and how far they are read.
struct Reader<'a> {
    lines: Vec<Line<'a>>,
    at: usize,
    last: usize,
}

impl<'a> Reader<'a> {
    fn new(text: &'a str) -> Result<Reader<'a>, Error> {
        let mut lines = Vec::new();
        for (k, line) in text.lines().enumerate() {
            let tokens = tokens(line, k + 1)?;
            if !tokens.is_empty() {
                lines.push(Line {
                    number: k + 1,
                    tokens,
                    at: 0,
                });
            }
        }
        let last = text.lines().count().max(1);
        Ok(Reader { lines, at: 0, last })
    }

    fn next_is(&self, keyword: &str) -> bool {
        self.lines
            .get(self.at)
            .is_some_and(|line| line.starts_with(&Token::Word(keyword)))
    }

    fn line(&mut self) -> Result<Line<'a>, Error> {
        let line = self
            .lines
            .get(self.at)
            .ok_or_else(|| Error::new(self.last, "the text ends too early"))?;
        self.at += 1;
        Ok(line.clone())
    }

    fn end(&self) -> Result<(), Error> {
        self.lines
            .get(self.at)
            .map_or(Ok(()), |line| line.expected("no such line here"))
    }

    fn pass(&mut self) -> Result<Pass, Error> {
        let mut line = self.line()?;
        line.keyword("pass")?;
        let rows = line.axis()?;
        let kind = match line.word()? {
            "reduce" => Kind::MapReduce(line.axis()?),
            "map" => Kind::Map,
            "gather" => {
                let axis = line.axis()?;
                line.keyword("by")?;
                let index = line.integer()?;
                Kind::Gather { axis, index }
            }
            _ => return line.back().expected("`reduce`, `map` or `gather`"),
        };
        let forward = line.more();
        if forward {
            line.keyword("forward")?;
        }
        line.end()?;
        let program = self.program()?;
        Ok(Pass {
            kind,
            rows,
            program,
            forward,
        })
    }

    fn program(&mut self) -> Result<Program, Error> {
        let mut p = Program::default();
        while let Some(&Token::Word(
            keyword @ ("input" | "output" | "param" | "row" | "column" | "state" | "update"
            | "grouped" | "group" | "merge" | "finish" | "exact"),
        )) = self.lines.get(self.at).and_then(|line| line.tokens.first())
        {
            let mut line = self.line()?;
            line.keyword(keyword)?;
            if line.take_symbol("{") {
                line.end()?;
                let block = match keyword {
                    "param" => &mut p.param,
                    "row" => &mut p.row,
                    "column" => &mut p.column,
                    "update" => &mut p.update,
                    "grouped" => &mut p.grouped,
                    "merge" => &mut p.merge,
                    "finish" => &mut p.finish,
                    _ => return line.expected("a name instead of a brace"),
                };
                *block = self.block()?;
                continue;
            }
            match keyword {
                "input" => p.inputs.push(input(&mut line)?),
                "output" => p.outputs.push(Output {
                    name: line.name()?,
                    ty: line.ty()?,
                    width: line.integer()?,
                }),
                "param" => p.param_slots = line.runs(Line::ty)?,
                "row" => p.row_slots = line.runs(Line::ty)?,
                "column" => p.column_slots = line.runs(Line::ty)?,
                "state" => p.state = line.runs(state_slot)?,
                "exact" => p.exact = true,
                "group" => p.group = line.integer()?,
                _ => return line.expected("`{`"),
            }
            line.end()?;
        }
        Ok(p)
    }

    fn block(&mut self) -> Result<Block, Error> {
        let mut block = Block::default();
        while self.next_is("local") {
            let mut line = self.line()?;
            line.keyword("local")?;
            let (ty, len) = (line.ty()?, line.integer()?);
            line.end()?;
            block.locals.push(Local { ty, len });
        }
        let mut last;
        (block.stmts, last) = self.stmts(0)?;
        last.symbol("}")?;
        last.end()?;
        Ok(block)
    }

    /// The statements up to a line that is none, and that line.
    fn stmts(&mut self, depth: usize) -> Result<(Vec<Stmt>, Line<'a>), Error> {
        let mut stmts = Vec::new();
        loop {
            let mut line = self.line()?;
            if line.starts_with(&Token::Symbol("}")) || line.starts_with(&Token::Word("next")) {
                return Ok((stmts, line));
            }
            if line.starts_with(&Token::Word("loop")) {
                stmts.push(Stmt::Loop(self.r#loop(line, depth)?));
                continue;
            }
            if line.starts_with(&Token::Word("when")) {
                stmts.push(self.when(line, depth)?);
                continue;
            }
            stmts.push(line.stmt()?);
            line.end()?;
        }
    }

    fn when(&mut self, mut line: Line<'a>, depth: usize) -> Result<Stmt, Error> {
        check_depth(&line, depth)?;
        line.keyword("when")?;
        let mask = line.value()?;
        line.symbol("{")?;
        line.end()?;
        let (body, mut last) = self.stmts(depth + 1)?;
        last.symbol("}")?;
        last.end()?;
        Ok(Stmt::When { mask, body })
    }

    fn r#loop(&mut self, mut line: Line<'a>, depth: usize) -> Result<Loop, Error> {
        check_depth(&line, depth)?;
        line.keyword("loop")?;
        let counter = line.counter()?;
        if line.integer::<u32>()? != 0 {
            return line.back().expected("`0`");
        }
        line.symbol("..")?;
        let count = line.integer()?;
        // Each with a place for `next`, which is read after the body.
        let mut carried = Vec::new();
        if line.take_symbol("(") {
            loop {
                let (value, ty) = line.definition()?;
                let init = line.value()?;
                carried.push(Carried {
                    ty: ty.unwrap_or(Type::Real),
                    value,
                    init,
                    next: value,
                });
                if !line.take_symbol(",") {
                    break;
                }
            }
            line.symbol(")")?;
        }
        line.symbol("{")?;
        line.end()?;
        let (body, mut last) = self.stmts(depth + 1)?;
        if !carried.is_empty() {
            last.keyword("next")?;
            for c in &mut carried {
                c.next = last.value()?;
            }
            last.end()?;
            last = self.line()?;
        }
        last.symbol("}")?;
        last.end()?;
        Ok(Loop {
            counter,
            count,
            carried,
            body,
        })
    }
}

fn check_depth(line: &Line<'_>, depth: usize) -> Result<(), Error> {
    if depth == DEPTH {
        return Err(Error::new(
            line.number,
            format!("more than {DEPTH} loops in each other"),
        ));
    }
    Ok(())
}

fn argument(line: &mut Line<'_>) -> Result<Argument, Error> {
    line.keyword("argument")?;
    let (name, axis, ty) = (line.name()?, line.axis()?, line.ty()?);
    let mut shape = Vec::new();
    while line.more() {
        shape.push(line.integer()?);
    }
    Ok(Argument {
        name,
        axis,
        ty,
        shape,
    })
}

fn input(line: &mut Line<'_>) -> Result<Input, Error> {
    let name = line.name()?;
    let classes = [
        ("param", Class::Param),
        ("row", Class::Row),
        ("column", Class::Column),
    ];
    let class = line.one_of("a class", &classes)?;
    let (ty, width) = (line.ty()?, line.integer()?);
    line.symbol("=")?;
    let source = match line.word()? {
        "argument" => Source::Argument(line.integer()?),
        "pass" => {
            let pass = line.integer()?;
            line.keyword("output")?;
            let output = line.integer()?;
            Source::Output { pass, output }
        }
        "position" => Source::Position,
        "columns" => Source::ColumnCount,
        _ => {
            return line
                .clone()
                .back()
                .expected("`argument`, `pass`, `position` or `columns`");
        }
    };
    Ok(Input {
        name,
        class,
        ty,
        width,
        source,
    })
}

fn state_slot(line: &mut Line<'_>) -> Result<StateSlot, Error> {
    let ty = line.ty()?;
    line.symbol("=")?;
    let init = line.real()?;
    let carried = line.take_symbol("+");
    Ok(StateSlot { ty, init, carried })
}
