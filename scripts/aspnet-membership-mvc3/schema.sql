-- The tables of ASP.NET Universal Providers (System.Web.Providers) as far as these scripts use them.
CREATE TABLE Applications (
  ApplicationId uniqueidentifier NOT NULL PRIMARY KEY,
  ApplicationName nvarchar(235) NOT NULL,
  Description nvarchar(256) NULL
);
CREATE TABLE Users (
  UserId uniqueidentifier NOT NULL PRIMARY KEY,
  ApplicationId uniqueidentifier NOT NULL REFERENCES Applications (ApplicationId),
  UserName nvarchar(50) NOT NULL,
  IsAnonymous bit NOT NULL,
  LastActivityDate datetime NOT NULL
);
CREATE INDEX IDX_UserName ON Users (UserName);
CREATE TABLE Memberships (
  UserId uniqueidentifier NOT NULL PRIMARY KEY REFERENCES Users (UserId),
  ApplicationId uniqueidentifier NOT NULL REFERENCES Applications (ApplicationId),
  Password nvarchar(128) NOT NULL,
  PasswordFormat int NOT NULL,
  PasswordSalt nvarchar(128) NOT NULL,
  Email nvarchar(256) NULL,
  PasswordQuestion nvarchar(256) NULL,
  PasswordAnswer nvarchar(128) NULL,
  IsApproved bit NOT NULL,
  IsLockedOut bit NOT NULL,
  CreateDate datetime NOT NULL,
  LastLoginDate datetime NOT NULL,
  LastPasswordChangedDate datetime NOT NULL,
  LastLockoutDate datetime NOT NULL,
  FailedPasswordAttemptCount int NOT NULL,
  FailedPasswordAttemptWindowStart datetime NOT NULL,
  FailedPasswordAnswerAttemptCount int NOT NULL,
  FailedPasswordAnswerAttemptWindowsStart datetime NOT NULL,
  Comment nvarchar(256) NULL
);
CREATE TABLE Profiles (
  UserId uniqueidentifier NOT NULL PRIMARY KEY REFERENCES Users (UserId),
  PropertyNames nvarchar(max) NOT NULL,
  PropertyValueStrings nvarchar(max) NOT NULL,
  PropertyValueBinary varbinary(max) NOT NULL,
  LastUpdatedDate datetime NOT NULL
);
CREATE TABLE Roles (
  RoleId uniqueidentifier NOT NULL PRIMARY KEY,
  ApplicationId uniqueidentifier NOT NULL REFERENCES Applications (ApplicationId),
  RoleName nvarchar(256) NOT NULL,
  Description nvarchar(256) NULL
);
CREATE TABLE UsersInRoles (
  UserId uniqueidentifier NOT NULL REFERENCES Users (UserId),
  RoleId uniqueidentifier NOT NULL REFERENCES Roles (RoleId),
  PRIMARY KEY (UserId, RoleId)
);
INSERT INTO Applications (ApplicationId, ApplicationName) VALUES (NEWID(), '/');
