-- The users table these scripts expect. An identity never gives a deleted user's id to somebody else.
CREATE TABLE dbo.users (
  id bigint IDENTITY(1, 1) NOT NULL CONSTRAINT users_pkey PRIMARY KEY,
  email nvarchar(254) COLLATE Latin1_General_100_CI_AS NOT NULL,
  email_verified bit NOT NULL CONSTRAINT users_email_verified DEFAULT 0,
  username nvarchar(128) COLLATE Latin1_General_100_CI_AS NULL,
  given_name nvarchar(150) NULL,
  family_name nvarchar(150) NULL,
  name nvarchar(150) NULL,
  nickname nvarchar(150) NULL,
  password varchar(72) NOT NULL,
  created_at datetime2(3) NOT NULL CONSTRAINT users_created_at DEFAULT SYSUTCDATETIME(),
  updated_at datetime2(3) NULL,
  last_login datetime2(3) NULL
);
CREATE UNIQUE INDEX users_email_key ON dbo.users (email);
CREATE UNIQUE INDEX users_username_key ON dbo.users (username) WHERE username IS NOT NULL;
