// The part of `@js-joda/core` that tedious uses: days between two dates of the proleptic Gregorian calendar.
'use strict';

const DAY = 86400000;

class LocalDate {
  #day;
  constructor(day) { this.#day = day; }
  static of(year, month, dayOfMonth) {
    const date = new Date(0);
    date.setUTCFullYear(year, month - 1, dayOfMonth);
    return new LocalDate(date.getTime() / DAY);
  }
  static ofYearDay(year, dayOfYear) { return LocalDate.of(year, 1, dayOfYear); }
  until(other) { return other.#day - this.#day; }
}

module.exports = { LocalDate, ChronoUnit: { DAYS: 'Days' } };
