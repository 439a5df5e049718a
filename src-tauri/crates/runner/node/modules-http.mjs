// The part of the table that speaks HTTP.

export const httpModules = [
];
