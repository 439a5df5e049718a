-- The users table of ASP.NET Core Identity. ASP.NET Identity 2 has no Normalized columns and no ConcurrencyStamp, and
-- LockoutEndDateUtc datetime in place of LockoutEnd. Ids are GUIDs, so none is given twice.
CREATE TABLE AspNetUsers (
  Id nvarchar(450) NOT NULL CONSTRAINT PK_AspNetUsers PRIMARY KEY,
  UserName nvarchar(256) NULL,
  NormalizedUserName nvarchar(256) NULL,
  Email nvarchar(256) NULL,
  NormalizedEmail nvarchar(256) NULL,
  EmailConfirmed bit NOT NULL,
  PasswordHash nvarchar(max) NULL,
  SecurityStamp nvarchar(max) NULL,
  ConcurrencyStamp nvarchar(max) NULL,
  PhoneNumber nvarchar(max) NULL,
  PhoneNumberConfirmed bit NOT NULL,
  TwoFactorEnabled bit NOT NULL,
  LockoutEnd datetimeoffset NULL,
  LockoutEnabled bit NOT NULL,
  AccessFailedCount int NOT NULL
);
CREATE INDEX EmailIndex ON AspNetUsers (NormalizedEmail);
CREATE UNIQUE INDEX UserNameIndex ON AspNetUsers (NormalizedUserName) WHERE NormalizedUserName IS NOT NULL;
