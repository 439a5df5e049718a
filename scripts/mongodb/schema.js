// The collection these scripts expect, for mongosh: mongosh URI schema.js
// A document: { _id: ObjectId, email, email_verified, username, given_name, family_name, name, nickname, password,
// created_at, updated_at }; email and password must be there. An ObjectId is never given twice.
db.createCollection('users');
const ignoringCase = { locale: 'en', strength: 2 };
db.users.createIndex({ email: 1 }, { unique: true, collation: ignoringCase });
db.users.createIndex(
  { username: 1 },
  { unique: true, collation: ignoringCase, partialFilterExpression: { username: { $exists: true } } }
);
